using System.Collections;
using DrTools.PowerShell.Runbooks;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes the runbooks that come with the module.</summary>
public sealed class RunbookCompleter : LiveCompleter
{
    private protected override IEnumerable<(string Text, string Description)> Candidates(IDictionary bound) =>
        RunbookLibrary.Read().Select(r => (r.Name, r.Synopsis ?? r.Path));
}
