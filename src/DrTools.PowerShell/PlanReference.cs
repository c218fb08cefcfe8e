using DrTools.Plans;

namespace DrTools.PowerShell;

/// <summary>The plan that a user names: one of Get-DrPlan, or a file. PowerShell converts both.</summary>
public sealed class PlanReference
{
    /// <summary>A plan that has been read.</summary>
    public PlanReference(RecoveryPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        (Plan, File) = (plan, plan.File);
    }

    /// <summary>The path of a plan.</summary>
    public PlanReference(string file) => File = file;

    /// <summary>A file.</summary>
    public PlanReference(FileInfo file)
    {
        ArgumentNullException.ThrowIfNull(file);
        File = file.FullName;
    }

    /// <summary>The plan, when it has been read.</summary>
    public RecoveryPlan? Plan { get; }

    /// <summary>Where it is.</summary>
    public string File { get; }

    /// <summary>Where it is.</summary>
    public override string ToString() => File;
}
