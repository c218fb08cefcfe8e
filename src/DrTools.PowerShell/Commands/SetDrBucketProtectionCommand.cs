using System.Management.Automation;
using DrTools.Aws.Protection;

namespace DrTools.PowerShell.Commands;

/// <summary>Makes the protection of a bucket what it is to be.</summary>
[Cmdlet(VerbsCommon.Set, "DrBucketProtection", SupportsShouldProcess = true)]
[OutputType(typeof(BucketSetting))]
public sealed class SetDrBucketProtectionCommand : BucketCommand
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var wanted = Wanted();
        var present = Await(stop => BucketProtection.CompareAsync(Location, wanted, stop));
        var drifted = present.Where(s => s.State == BucketSettingState.Drifted).ToList();
        var change = string.Join(", ", drifted.Select(s => $"{s.Setting} from {s.Actual} to {s.Desired}"));
        var changes = drifted.Count > 0 && ShouldProcess(Location, $"Set {change}");
        WriteObject(changes ? Await(stop => BucketProtection.ApplyAsync(Location, wanted, stop)) : present, enumerateCollection: true);
    }
}
