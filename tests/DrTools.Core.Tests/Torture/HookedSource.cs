using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Tests.Torture;

/// <summary>A source in whose reading a test takes a hand.</summary>
internal sealed class HookedSource(ISource inner) : ISource
{
    /// <summary>Runs for every entry that the walk yields, with its number from 0.</summary>
    public Action<int, TreeEntry> Walked { get; init; } = (_, _) => { };

    /// <summary>Runs before a file is opened; may throw <see cref="EntryUnreadableException"/>.</summary>
    public Action<TreeEntry> Opening { get; init; } = _ => { };

    /// <summary>Runs after a piece of a file was read, with how much of it has been; may throw too.</summary>
    public Action<TreeEntry, long> HasRead { get; init; } = (_, _) => { };

    public string Name => inner.Name;

    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new Session(this, await inner.OpenAsync(context, cancellationToken));

    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        inner.CheckRestoredAsync(restored, facts, cancellationToken);

    private sealed class Session(HookedSource hooks, SourceSession inner) : SourceSession
    {
        public override bool DetectsChanges => inner.DetectsChanges;

        public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
        {
            var count = 0;
            foreach (var entry in inner.ReadEntries(cancellationToken))
            {
                hooks.Walked(count++, entry);
                yield return entry;
            }
        }

        public override SourceContent Open(TreeEntry entry)
        {
            hooks.Opening(entry);
            return new Content(hooks, entry, inner.Open(entry));
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }

    private sealed class Content(HookedSource hooks, TreeEntry entry, SourceContent inner) : SourceContent
    {
        private long _read;

        public override long SkipHole() => inner.SkipHole();

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer[..Math.Min(buffer.Length, 1 << 20)]);
            _read += count;
            hooks.HasRead(entry, _read);
            return count;
        }

        public override bool IsUnchanged() => inner.IsUnchanged();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
