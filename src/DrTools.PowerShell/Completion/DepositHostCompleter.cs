using System.Collections;
using DrTools.Deposits;
using DrTools.PowerShell.Commands;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes the hosts that have deposits at the location that the command line names.</summary>
public sealed class DepositHostCompleter : LiveCompleter
{
    private protected override IEnumerable<(string Text, string Description)> Candidates(IDictionary bound) =>
        Read(stop => Start(bound, stop)).GroupBy(d => d.Host, StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, $"{Display.Count(g.Count(), "deposit")}, the last one of {Display.Time(g.Max(d => d.Stored))}"));

    private static Task<IReadOnlyList<Deposit>>? Start(IDictionary bound, CancellationToken cancellationToken)
    {
        if (Unwrap(bound["Location"])?.ToString() is not { Length: > 0 } location)
        {
            return null;
        }

        var inbox = new DepositInbox(SessionPath.ResolveLocation(SessionPaths(), location));
        return Task.Run(() => inbox.ListAsync(null, null, cancellationToken).AsTask(), cancellationToken);
    }
}
