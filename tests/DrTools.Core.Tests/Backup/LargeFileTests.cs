using DrTools.Backup;
using DrTools.Sources;
using DrTools.Tests.Torture;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Backup;

public sealed class LargeFileTests
{
    /// <summary>The size that its entry has must be that of what is stored, also when the list of its extents is divided
    /// only after its end has been reached.</summary>
    [Fact]
    public async Task A_file_that_ends_before_its_size_comes_back_as_it_was_read()
    {
        await using var torture = await TortureRepository.CreateAsync();
        var result = await torture.BackUpAsync(new ShortSource(), BackupType.Full);
        Assert.Equal(ShortSource.Length, result.Backup.SourceBytes);
        Assert.True((await torture.RestoreAsync(result.Backup, torture.At("restored"))).Passed);
        Assert.Equal(ShortSource.Length, new FileInfo(torture.At("restored/file")).Length);
    }

    /// <summary>A file in blocks of 512 bytes, which is shorter than it was said to be.</summary>
    private sealed class ShortSource : ISource
    {
        public const int Length = 1_000_000;

        public string Name => "short:/test";

        public ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Session());

        public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) => new([]);

        private sealed class Session : SourceSession
        {
            public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken) =>
            [
                new TreeEntry { Path = [], Kind = EntryKind.Directory, Mode = 0x1C0 },
                new TreeEntry { Path = [.. "file"u8], Kind = EntryKind.File, Mode = 0x180, Size = 2 * Length },
            ];

            public override SourceContent Open(TreeEntry entry) => new Content();
        }

        private sealed class Content : SourceContent
        {
            private readonly Random _random = new(1);
            private int _left = Length;

            public override int BlockSize => 512;

            public override int Read(Span<byte> buffer)
            {
                var count = Math.Min(buffer.Length, _left);
                _random.NextBytes(buffer[..count]);
                _left -= count;
                return count;
            }

            public override bool IsUnchanged() => true;
        }
    }
}
