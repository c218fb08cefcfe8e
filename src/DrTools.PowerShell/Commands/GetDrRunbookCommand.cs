using System.Management.Automation;
using DrTools.Drills.Runbooks;
using DrTools.PowerShell.Completion;
using DrTools.PowerShell.Runbooks;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists runbooks with the steps that are written in them, without running them.</summary>
[Cmdlet(VerbsCommon.Get, "DrRunbook", DefaultParameterSetName = NameSet)]
[OutputType(typeof(RunbookText))]
public sealed class GetDrRunbookCommand : CancellableCommand
{
    private const string NameSet = "Name";
    private const string PathSet = "Path";

    /// <summary>Only those of the module with such names.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RunbookCompleter))]
    public string? Name { get; set; }

    /// <summary>A script of your own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Path is not null)
        {
            WriteObject(RunbookText.Read(ResolvePath(Path)));
            return;
        }

        var found = RunbookLibrary.Read().Where(r => Name is null || new WildcardPattern(Name, WildcardOptions.IgnoreCase).IsMatch(r.Name)).ToList();
        if (found.Count == 0 && Name is not null && !WildcardPattern.ContainsWildcardCharacters(Name))
        {
            // Says what there is.
            RunbookLibrary.Find(Name, p => p);
        }

        WriteObject(found, enumerateCollection: true);
    }
}
