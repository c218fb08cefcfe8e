using System.Management.Automation;
using DrTools.Repositories.Journal;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists what was done with a repository.</summary>
[Cmdlet(VerbsCommon.Get, "DrRun")]
[OutputType(typeof(RunRecord))]
public sealed class GetDrRunCommand : PipedRepositoryCommand
{
    /// <summary>How many of the latest at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Last { get; set; } = int.MaxValue;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        WriteObject(Await(stop => repository.Opened.Journal.ReadAsync(Last, stop).AsTask()), enumerateCollection: true);
    }
}
