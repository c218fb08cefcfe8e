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

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
        foreach (var source in sources)
        {
            WriteObject(Await(stop => new RecoveryWindows(repository.Opened).ListAsync(source, stop)), enumerateCollection: true);
        }
    }
}
