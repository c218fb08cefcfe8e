using System.Management.Automation;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that brings something back as of a moment.</summary>
public abstract class RecoveryTargetCommand : RepositoryCommand
{
    /// <summary>A target that another cmdlet found.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public RecoveryTarget? Target { get; set; }

    /// <summary>A time with its zone.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RestoreTimeCompleter))]
    public MomentReference? TargetTime { get; set; }

    /// <summary>A position in the log.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TargetLsn { get; set; }

    /// <summary>The commit of a transaction.</summary>
    [Parameter]
    [ValidateRange(3UL, ulong.MaxValue)]
    public ulong? TargetXid { get; set; }

    /// <summary>A restore point that was named with pg_create_restore_point.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TargetName { get; set; }

    /// <summary>The end of the backup.</summary>
    [Parameter]
    public SwitchParameter TargetImmediate { get; set; }

    /// <summary>Leaves out what happened at just this time, position or transaction.</summary>
    [Parameter]
    public SwitchParameter TargetExclusive { get; set; }

    /// <summary>The timeline to follow: latest, current, or its number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Timeline { get; set; }

    /// <summary>The target that was given; <see langword="null"/> when none was.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    private protected RecoveryTarget? GivenTarget()
    {
        var given = new[] { Target is not null, TargetTime is not null, TargetLsn is not null, TargetXid is not null, TargetName is not null, TargetImmediate.IsPresent }.Count(g => g);
        if (given > 1)
        {
            throw new DrException(DrError.BadUsage, "More than one target is given.", "Give one of -Target, -TargetTime, -TargetLsn, -TargetXid, -TargetName and -TargetImmediate.");
        }

        var target = Target is not null ? Target
            : TargetTime is not null ? RecoveryTarget.At(TargetTime.Resolve())
            : TargetLsn is not null ? RecoveryTarget.Parse($"lsn:{TargetLsn}")
            : TargetXid is not null ? RecoveryTarget.AtTransaction(TargetXid.Value)
            : TargetName is not null ? RecoveryTarget.AtName(TargetName)
            : TargetImmediate ? RecoveryTarget.Immediate
            : null;
        if (TargetExclusive && target is not { HasEdge: true })
        {
            throw new DrException(DrError.BadUsage, "-TargetExclusive says nothing of this target.", "Give it together with -TargetTime, -TargetLsn or -TargetXid.");
        }

        return target is null && Timeline is null ? null : (target ?? RecoveryTarget.Latest) with
        {
            IsInclusive = !TargetExclusive && target?.IsInclusive != false,
            Timeline = Timeline is null ? target?.Timeline ?? RecoveryTimeline.Latest : RecoveryTimeline.Parse(Timeline),
        };
    }
}
