using System.Management.Automation;
using DrTools.Aws.Protection;

namespace DrTools.PowerShell.Commands;

/// <summary>Shows how a bucket is protected, compared with what is wanted.</summary>
[Cmdlet(VerbsCommon.Get, "DrBucketProtection")]
[OutputType(typeof(BucketSetting))]
public sealed class GetDrBucketProtectionCommand : BucketCommand
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var wanted = Wanted();
        WriteObject(Await(stop => BucketProtection.CompareAsync(Location, wanted, stop)), enumerateCollection: true);
    }
}
