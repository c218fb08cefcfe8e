using System.Management.Automation;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds out which moments can be restored.</summary>
[Cmdlet(VerbsCommon.Get, "DrRecoveryWindow")]
[OutputType(typeof(RecoveryWindow))]
public sealed class GetDrRecoveryWindowCommand : PipedRepositoryCommand
{
    /// <summary>Only of these sources.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Only the sources of this service of the plan, in the repository that its backups are taken into, or in the one that is
    /// named.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>The plan that has the service; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Service is not null)
        {
            foreach (var named in Source.Length == 0 ? [null] : Source.Select(s => (string?)SessionPath.SourceName(SessionState, s)))
            {
                var (selection, opened) = OpenService(Plan, Service, Repository, named);
                var windows = Await(stop => new RecoveryWindows(opened.Opened).ListAsync(named, stop));
                WriteObject(windows.Where(w => selection.Sources.Any(s => s.Source == w.Source)), enumerateCollection: true);
            }

            return;
        }

        var repository = OpenRepository();
        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
        foreach (var source in sources)
        {
            WriteObject(Await(stop => new RecoveryWindows(repository.Opened).ListAsync(source, stop)), enumerateCollection: true);
        }
    }
}
