using System.Runtime.CompilerServices;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Physical;

/// <summary>What ends a backup: the control file, the label, and the WAL that makes the files consistent.</summary>
internal sealed class FinalEntries(
    ServerBackup server, ServerState state, ControlFile control, string dataDirectory, PhysicalSourceOptions options, ClusterWalk walk)
{
    private const uint FileMode = 0x180;
    private const string ArchiveStatusFolder = "pg_wal/archive_status";

    private readonly Dictionary<string, byte[]> _content = new(StringComparer.Ordinal);
    private readonly HashSet<string> _segmentFiles = new(StringComparer.Ordinal);
    private BackupLabel? _label;
    private Lsn _stop;
    private DateTimeOffset _stopTime;

    /// <summary>Stops the backup, makes sure of its WAL, and yields what belongs to it.</summary>
    /// <exception cref="DrException">The backup is void, or its WAL is not safe.</exception>
    public async IAsyncEnumerable<TreeEntry> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Of a standby the control file must be read behind all else and before the end: the least point that recovery
        // has to reach then covers every page that was read.
        var last = ControlFile.Read(dataDirectory, out var controlBytes);
        (_stop, _label, var tablespaceMap, _stopTime) = await server.StopAsync(cancellationToken).ConfigureAwait(false);
        if (state.IsStandby && last.MinimumRecoveryTimeline != control.Timeline && last.MinimumRecoveryTimeline != 0)
        {
            throw new DrException(
                DrError.SourceFailure,
                $"The standby went over from timeline {control.Timeline} to {last.MinimumRecoveryTimeline} while the backup was taken.",
                "Another server was promoted. Take the backup again; what is stored is reused.");
        }

        if (_label.Start != server.Start || _label.Timeline != control.Timeline)
        {
            throw new DrException(
                DrError.SourceFailure,
                $"The backup was started at {server.Start} on timeline {control.Timeline}, and the server's label says {_label.Start} on timeline {_label.Timeline}.",
                "The server was promoted meanwhile, or is not the one whose files were read. Take the backup again.");
        }

        var segments = SegmentNames.Range(_label.Timeline, _label.Start, _stop, control.WalSegmentSize);
        if (options.IncludeWal)
        {
            FindSegmentFiles(segments);
        }
        else
        {
            await new ArchiveWait(control, state, dataDirectory, options).WaitAsync(segments, cancellationToken).ConfigureAwait(false);
        }

        var status = walk.Status();
        yield return Bytes(status, "backup_label", Encoding.UTF8.GetBytes(_label.Text));
        yield return Bytes(status, ControlFile.RelativePath, controlBytes);
        if (tablespaceMap.Length > 0)
        {
            yield return Bytes(status, "tablespace_map", Encoding.UTF8.GetBytes(tablespaceMap));
        }

        foreach (var segment in _segmentFiles.Order(StringComparer.Ordinal))
        {
            yield return Entry(status, $"{DataDirectory.WalFolder}/{segment}", control.WalSegmentSize);

            // So that a restored server does not archive again what its origin has archived.
            yield return Bytes(status, $"{ArchiveStatusFolder}/{segment}.done", []);
        }
    }

    /// <summary>Opens one of these entries; <see langword="null"/> for any other.</summary>
    /// <exception cref="EntryUnreadableException">WAL vanished although the server was to keep it.</exception>
    public SourceContent? TryOpen(TreeEntry entry)
    {
        if (_label is null)
        {
            return null;
        }

        var path = Encoding.UTF8.GetString(entry.Path);
        if (_content.TryGetValue(path, out var bytes))
        {
            return new BytesContent(bytes);
        }

        if (!path.StartsWith("pg_wal/", StringComparison.Ordinal))
        {
            return null;
        }

        var fd = walk.Open(entry.Path);
        try
        {
            var status = PosixFile.StatusOf(fd);
            entry.Size = status.Size;
            return new PlainContent(fd, status.Size);
        }
        catch
        {
            Descriptor.Close(fd);
            throw;
        }
    }

    /// <summary>What the backup says of itself.</summary>
    public SourceFacts Facts(RelationReading reading, IReadOnlyDictionary<string, string> tablespaces) => new PhysicalFacts
    {
        Transport = "local",
        Server = state,
        Timeline = control.Timeline,
        Start = server.Start,
        StartTime = server.StartTime,
        StartXid = server.StartXid,
        Stop = _label is null ? null : (_stop, _stopTime),
        WalSegmentSize = control.WalSegmentSize,
        HasChecksums = control.HasChecksums,
        WalIncluded = options.IncludeWal,
        DataDirectory = dataDirectory,
        Tablespaces = tablespaces,
        Reading = reading,
    }.ToSourceFacts();

    /// <summary>The segments of the backup, and the history of its timeline, must be there; a slot keeps them.</summary>
    private void FindSegmentFiles(IReadOnlyList<string> segments)
    {
        var folder = Path.Combine(dataDirectory, DataDirectory.WalFolder);
        foreach (var segment in segments)
        {
            if (!File.Exists(Path.Combine(folder, segment)))
            {
                throw new DrException(
                    DrError.LogMissing,
                    $"The WAL segment {segment}, which the backup needs, is no longer in {folder}.",
                    "max_slot_wal_keep_size may be too small for the WAL that is written during a backup; raise it, or archive WAL.")
                { Subject = segment };
            }

            _segmentFiles.Add(segment);
        }

        foreach (var history in Directory.EnumerateFiles(folder, "*.history").Select(f => Path.GetFileName(f)))
        {
            _content[$"{DataDirectory.WalFolder}/{history}"] = File.ReadAllBytes(Path.Combine(folder, history));
            _segmentFiles.Add(history);
        }
    }

    private TreeEntry Bytes(in FileStatus status, string path, byte[] content)
    {
        _content[path] = content;
        return Entry(status, path, content.Length);
    }

    private TreeEntry Entry(in FileStatus status, string path, long size) => new()
    {
        Path = Encoding.UTF8.GetBytes(path),
        Kind = EntryKind.File,
        Mode = FileMode | (status.Permissions & 0x20 /* group access (initdb -g) */),
        UserId = status.UserId,
        GroupId = status.GroupId,
        Size = _content.TryGetValue(path, out var bytes) ? bytes.Length : size,
        ModifiedNs = PosixTime.ToNanoseconds(_stopTime),
        ChangedNs = PosixTime.ToNanoseconds(_stopTime),
    };
}
