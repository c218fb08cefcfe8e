using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Tells where to recover regions.</summary>
[Cmdlet(VerbsCommon.Get, "DrRegionPair")]
[OutputType(typeof(RegionPair))]
public sealed class GetDrRegionPairCommand : CancellableCommand
{
    /// <summary>Only these regions.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Region { get; set; } = [];

    /// <summary>Partners are at least so far away, km.</summary>
    [Parameter]
    [ValidateRange(0, 20_038)]
    public double MinimumDistance { get; set; } = RegionAdvisor.UsualDistance;

    /// <summary>Partners are under one of these laws.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Jurisdiction { get; set; } = [];

    /// <summary>A table of regions, instead of the one that comes with the module.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Table { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() =>
        WriteObject(RegionAdvisor.Pair(RegionTable.Read(Table is null ? null : ResolvePath(Table)), Region, MinimumDistance, Jurisdiction), enumerateCollection: true);
}
