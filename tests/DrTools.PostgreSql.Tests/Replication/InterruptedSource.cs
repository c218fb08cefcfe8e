using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary>A source to which something happens while its files come. They go on coming meanwhile, only slowly: a server whose
/// stream nobody reads may wait for its reader with what is to happen (replay of DROP DATABASE waits for every walsender).</summary>
internal sealed class InterruptedSource(ISource inner, int afterEntries, Func<Task> happens) : ISource
{
    public string Name => inner.Name;

    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new Session(await inner.OpenAsync(context, cancellationToken), afterEntries, happens);

    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        inner.CheckRestoredAsync(restored, facts, cancellationToken);

    private sealed class Session(SourceSession inner, int afterEntries, Func<Task> happens) : SourceSession
    {
        public override SourceFacts Facts => inner.Facts;

        public override int FormatVersion => inner.FormatVersion;

        public override bool IsOrdered => inner.IsOrdered;

        public override bool IsSequential => inner.IsSequential;

        public override bool Accept(DrTools.Backup.BackupInfo parent, out string? why) => inner.Accept(parent, out why);

        public override ValueTask PrepareAsync(ParentFiles files, CancellationToken cancellationToken) => inner.PrepareAsync(files, cancellationToken);

        public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
        {
            var count = 0;
            Task? happening = null;
            foreach (var entry in inner.ReadEntries(cancellationToken))
            {
                if (++count == afterEntries)
                {
                    happening = Task.Run(happens, CancellationToken.None);
                }

                happening?.Wait(TimeSpan.FromMilliseconds(50), CancellationToken.None);
                yield return entry;
            }

            happening?.GetAwaiter().GetResult();
        }

        public override IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync(CancellationToken cancellationToken) => inner.ReadFinalEntriesAsync(cancellationToken);

        public override SourceContent Open(TreeEntry entry) => inner.Open(entry);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
