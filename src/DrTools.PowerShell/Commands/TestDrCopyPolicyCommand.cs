using System.Management.Automation;
using DrTools.Copies;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Counts the copies of each source, over several repositories, against a rule such as 3-2-1.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrCopyPolicy")]
[OutputType(typeof(CopyPolicyResult), typeof(bool))]
public sealed class TestDrCopyPolicyCommand : SeveralRepositoriesCommand
{
    private readonly List<RepositoryReference> _references = [];

    /// <summary>The repositories: objects of Get-DrRepository or New-DrRepository, or locations.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public new RepositoryReference[] Repository { get; set; } = [];

    /// <summary>Only these sources, be it that no repository has them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Copies, media, copies elsewhere, and if wanted immutable copies and unverified ones at most.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Policy { get; set; } = "3-2-1";

    /// <summary>How old the newest backup of a copy may be.</summary>
    [Parameter]
    public TimeSpan? MaximumAge { get; set; }

    /// <summary>How long ago a copy may have been verified.</summary>
    [Parameter]
    public TimeSpan VerifiedWithin { get; set; } = TimeSpan.FromDays(31);

    /// <summary>The kind of medium that the production data is on.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ProductionMedium { get; set; } = "disk";

    /// <summary>The site that the production data is at.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProductionSite { get; set; }

    /// <summary>Returns only whether every source meets the rule.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => _references.AddRange(Repository);

    /// <summary>All repositories are looked at together.</summary>
    protected override void EndProcessing()
    {
        try
        {
            Check();
        }
        catch (DrException e)
        {
            WriteError(e);
        }
    }

    private void Check()
    {
        var rule = CopyRule.Parse(Policy) with { MaximumAge = MaximumAge, VerifiedWithin = VerifiedWithin, ProductionMedium = ProductionMedium, ProductionSite = ProductionSite };
        var opened = new List<DrRepository>();
        foreach (var reference in _references)
        {
            try
            {
                opened.Add(TryOpen(reference));
            }
            catch (DrException e)
            {
                // What is in it is no copy as long as that is so.
                WriteError(e, reference.Location);
            }
        }

        var damaged = new List<DrException>();
        List<string> sources = [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
        var results = Await(stop => new CopyPolicyCheck([.. opened.Select(r => r.Opened)], rule).RunAsync(sources, damaged.Add, stop));
        foreach (var damage in damaged)
        {
            WriteWarning(damage.Message);
        }

        if (Quiet)
        {
            WriteObject(results.All(r => r.Passed) && opened.Count == _references.Count);
        }
        else
        {
            WriteObject(results, enumerateCollection: true);
        }
    }
}
