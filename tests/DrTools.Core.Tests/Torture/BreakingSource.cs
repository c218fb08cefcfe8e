using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Tests.Torture;

/// <summary>A source that fails as a whole after so many entries, and after something has happened (that content has been
/// stored, say) or, after so many milliseconds, will not happen any more.</summary>
internal sealed class BreakingSource(ISource inner, int after, Func<bool>? until = null, int patience = 100) : ISource
{
    public string Name => inner.Name;

    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new Session(await inner.OpenAsync(context, cancellationToken), after, until ?? (() => true), patience);

    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        inner.CheckRestoredAsync(restored, facts, cancellationToken);

    private sealed class Session(SourceSession inner, int after, Func<bool> until, int patience) : SourceSession
    {
        public override bool DetectsChanges => inner.DetectsChanges;

        public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
        {
            var count = 0;
            foreach (var entry in inner.ReadEntries(cancellationToken))
            {
                if (count++ == after)
                {
                    SpinWait.SpinUntil(until, patience);
                    throw new DrException(DrError.SourceFailure, "The source broke.", "Mend it.");
                }

                yield return entry;
            }
        }

        public override SourceContent Open(TreeEntry entry) => inner.Open(entry);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
