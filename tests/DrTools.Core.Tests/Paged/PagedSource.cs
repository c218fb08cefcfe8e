using System.Globalization;
using System.Text;
using DrTools.Backup;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Tests.Paged;

/// <summary>How a source shows its files.</summary>
internal sealed record PagedOptions
{
    public bool IsOrdered { get; init; } = true;

    public bool IsSequential { get; init; }

    /// <summary>Sizes show only when a file has been read.</summary>
    public bool HidesSizes { get; init; }

    /// <summary>Knows what has changed without reading it.</summary>
    public bool HasSummaries { get; init; }

    /// <summary>Knows unchanged files by their times.</summary>
    public bool DetectsChanges { get; init; }

    /// <summary>Files have grown since the walk met them.</summary>
    public bool UnderstatesSizes { get; init; }

    /// <summary>Yields a file of its own at the end; needs entries that are not ordered.</summary>
    public bool HasFinalEntry { get; init; }

    /// <summary>Names the files that are not to be read by pages.</summary>
    public Func<string, bool> IsPlain { get; init; } = name => name.EndsWith(".conf", StringComparison.Ordinal);

    /// <summary>Why a parent is refused, if it is.</summary>
    public Func<BackupInfo, string?> Refuses { get; init; } = _ => null;

    /// <summary>Runs before a window of a file is read, with its position; may throw.</summary>
    public Action<string, long> Reading { get; init; } = (_, _) => { };
}

/// <summary>Files made of pages, as a source.</summary>
internal sealed class PagedSource(PagedFiles files, PagedOptions options) : ISource
{
    public string Name => "paged:/test";

    /// <summary>Bytes that were passed over unread.</summary>
    public long Skipped { get; set; }

    /// <summary>Files that were opened.</summary>
    public int Opened { get; set; }

    public ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) => new(new Session(this));

    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        new([]);

    private sealed class Session(PagedSource source) : SourceSession
    {
        private readonly PagedOptions _options = source.Options;
        private readonly PagedFiles _files = source.Files;
        private readonly HashSet<string> _reading = [];
        private long _parentClock = -1;
        private bool _complete;

        public override SourceFacts Facts => new()
        {
            Details = new Dictionary<string, string> { ["clock"] = _files.Clock.ToString(CultureInfo.InvariantCulture), ["complete"] = _complete.ToString() },
        };

        public override int FormatVersion => 2;

        public override bool DetectsChanges => _options.DetectsChanges;

        public override bool IsOrdered => _options.IsOrdered;

        public override bool IsSequential => _options.IsSequential;

        public override bool Accept(BackupInfo parent, out string? why)
        {
            why = _options.Refuses(parent);
            _parentClock = why is null ? long.Parse(parent.Facts.Details["clock"], CultureInfo.InvariantCulture) : _parentClock;
            return why is null;
        }

        public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
        {
            var folders = _files.Files.Keys.Select(n => n[..n.IndexOf('/', StringComparison.Ordinal)]).Distinct();
            var entries = folders.Append(string.Empty).Select(f => new TreeEntry { Path = Encoding.UTF8.GetBytes(f), Kind = EntryKind.Directory, Mode = 0x1C0 })
                .Concat(_files.Files.Select(f => new TreeEntry
                {
                    Path = Encoding.UTF8.GetBytes(f.Key),
                    Kind = EntryKind.File,
                    Mode = 0x180,
                    Size = _options.HidesSizes ? UnknownSize : _options.UnderstatesSizes ? Math.Min(f.Value.Content.Length, 100) : f.Value.Content.Length,
                    ModifiedNs = f.Value.ChangedAt.DefaultIfEmpty().Max() * 1000,
                }));
            return _options.IsOrdered
                ? entries.OrderBy(e => e.Path, Comparer<byte[]>.Create((a, b) => TreePath.Compare(a, b)))
                : entries.OrderBy(e => e.Path.Sum(b => b * 7919) % 101);
        }

        public override async IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (_reading.Count > 0)
            {
                throw new InvalidOperationException($"{_reading.First()} is still being read.");
            }

            _complete = true;
            if (_options.HasFinalEntry)
            {
                yield return new TreeEntry { Path = "backup_label"u8.ToArray(), Kind = EntryKind.File, Mode = 0x180, Size = 5 };
            }
        }

        public override SourceContent Open(TreeEntry entry)
        {
            if (entry.DisplayPath == "backup_label")
            {
                return new BytesContent("label"u8.ToArray());
            }

            var file = _files.Files[entry.DisplayPath];
            entry.Size = _options.HidesSizes ? UnknownSize : file.Content.Length;
            lock (_reading)
            {
                source.Opened++;
                _reading.Add(entry.DisplayPath);
                if (_options.IsSequential && _reading.Count > 1)
                {
                    throw new InvalidOperationException("Two files are read at once.");
                }
            }

            return _options.IsPlain(entry.DisplayPath)
                ? new Plain(this, entry.DisplayPath, file)
                : new Pages(this, entry.DisplayPath, file);
        }

        private void Close(string name)
        {
            lock (_reading)
            {
                _reading.Remove(name);
            }
        }

        private sealed class Plain(Session session, string name, PagedFile file) : SourceContent
        {
            private int _position;

            public override int Read(Span<byte> buffer)
            {
                session._options.Reading(name, _position);
                var count = Math.Min(Math.Min(buffer.Length, 100_000), file.Content.Length - _position);
                file.Content.AsSpan(_position, count).CopyTo(buffer);
                _position += count;
                return count;
            }

            public override bool IsUnchanged() => true;

            protected override void Dispose(bool disposing)
            {
                session.Close(name);
                base.Dispose(disposing);
            }
        }

        private sealed class Pages(Session session, string name, PagedFile file) : PagedSourceContent
        {
            private int _position;

            public override int PageSize => session._files.PageSize;

            public override long UnchangedAhead()
            {
                var end = _position;
                while (session._options.HasSummaries && end < file.Content.Length && IsUnchanged(end))
                {
                    end = Math.Min(end + PageSize, file.Content.Length);
                }

                return end - _position;
            }

            public override void Skip(long bytes)
            {
                if (bytes > UnchangedAhead() || (bytes % PageSize != 0 && _position + bytes != file.Content.Length))
                {
                    throw new InvalidOperationException("More is skipped than was promised.");
                }

                _position += (int)bytes;
                lock (session._reading)
                {
                    session.Source.Skipped += bytes;
                }
            }

            public override int ReadPages(Span<byte> buffer, Span<bool> unchanged)
            {
                session._options.Reading(name, _position);
                if (buffer.Length % PageSize != 0 || buffer.IsEmpty || unchanged.Length < buffer.Length / PageSize)
                {
                    throw new InvalidOperationException("The room is not one for pages.");
                }

                // In pieces now and then, as a stream comes.
                var pages = Math.Min(buffer.Length / PageSize, 1 + ((_position / PageSize * 31) % 300));
                for (var i = 1; i < pages && session._options.HasSummaries; i++)
                {
                    if (_position + (i * PageSize) < file.Content.Length && IsUnchanged(_position + (i * PageSize)))
                    {
                        pages = i;
                    }
                }

                var count = Math.Min(pages * PageSize, file.Content.Length - _position);
                file.Content.AsSpan(_position, count).CopyTo(buffer);
                for (var i = 0; i * PageSize < count; i++)
                {
                    unchanged[i] = IsUnchanged(_position + (i * PageSize));
                }

                _position += count;
                return count;
            }

            protected override void Dispose(bool disposing)
            {
                session.Close(name);
                base.Dispose(disposing);
            }

            private bool IsUnchanged(int position) => file.ChangedAt[position / PageSize] <= session._parentClock;
        }

        private PagedSource Source => source;
    }

    private PagedFiles Files => files;

    private PagedOptions Options => options;
}
