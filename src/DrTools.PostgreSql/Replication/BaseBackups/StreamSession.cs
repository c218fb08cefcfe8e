using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using DrTools.Trees;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>One backup of a cluster through BASE_BACKUP.</summary>
internal sealed class StreamSession : SourceSession
{
    /// <summary>More than sockets hold of a stream that nobody reads, bytes.</summary>
    private const long LeastLeft = 32 << 20;

    private readonly ServerAddress _address;
    private readonly ReplicationConnection _replication;
    private readonly ServerQueries _queries;
    private readonly ServerState _state;
    private readonly PhysicalSourceOptions _options;
    private readonly SourceContext _context;
    private readonly SystemIdentity _identity;
    private readonly TimelineAncestry _ancestry;
    private readonly ClusterSettings _settings;
    private readonly RelationReading _reading;
    private readonly Dictionary<string, byte[]> _small = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, long> _parentSizes = [];
    private HashSet<uint> _youngDatabases = [];
    private ParentFacts? _parent;
    private BaseBackupStream? _stream;
    private IncrementalHeader? _incremental;
    private DateTimeOffset _startTime;
    private ulong _startXid;
    private DatabasePlaces? _places;
    private DateTimeOffset _stopTime;
    private bool _manifestUploaded;
    private RowCounts _counts = RowCounts.None;
    private bool _counted;
    private long _began;

    private StreamSession(
        ServerAddress address,
        ReplicationConnection replication,
        ServerQueries queries,
        ServerState state,
        PhysicalSourceOptions options,
        SourceContext context,
        SystemIdentity identity,
        TimelineAncestry ancestry,
        ClusterSettings settings)
    {
        (_address, _replication, _queries, _state, _options, _context) = (address, replication, queries, state, options, context);
        (_identity, _ancestry, _settings) = (identity, ancestry, settings);
        _reading = new RelationReading(() => _stream!.StartLsn.Value, queries.HasWritten, context.Report, settings.HasChecksums, settings.SegmentPages);
        replication.Notice = message =>
        {
            if (message.Severity is "WARNING")
            {
                context.Note($"The server says: {message.Text}{(message.Hint is null ? string.Empty : " " + message.Hint)}");
            }
        };
    }

    /// <inheritdoc/>
    public override SourceFacts Facts
    {
        get
        {
            var facts = Describe();
            return facts with { Tables = _counts.Tables, Details = new Dictionary<string, string>(facts.Details.Concat(_counts.Details), StringComparer.Ordinal) };
        }
    }

    /// <summary>Counts rows before the last files come, as near to the end as can be told.</summary>
    public Func<TimeSpan, CancellationToken, Task<RowCounts>> CountRows { get; init; } = (_, _) => Task.FromResult(RowCounts.None);

    private SourceFacts Describe() => new PhysicalFacts
    {
        Transport = "stream",
        Server = _state,
        Timeline = _stream!.Timeline,
        Start = _stream.StartLsn,
        StartTime = _startTime,
        StartXid = _startXid,
        Stop = _stream.StopLsn == Lsn.Invalid ? null : (_stream.StopLsn, _stopTime),
        WalSegmentSize = _settings.WalSegmentSize,
        HasChecksums = _settings.HasChecksums,
        WalIncluded = _options.IncludeWal,
        DataDirectory = _state.DataDirectory,
        Tablespaces = _stream.Tablespaces.Select(t => KeyValuePair.Create(t.Oid.ToString(CultureInfo.InvariantCulture), t.Location)),
        Reading = _reading,
    }.ToSourceFacts();

    /// <inheritdoc/>
    public override int FormatVersion => _settings.LsnTellsChanges ? 2 : 1;

    /// <inheritdoc/>
    public override bool IsOrdered => false;

    /// <inheritdoc/>
    public override bool IsSequential => true;

    /// <summary>Asks the server what has to be known beforehand.</summary>
    /// <exception cref="DrException">The server refused, or is built in a way that cannot be backed up.</exception>
    public static StreamSession Open(
        ServerAddress address,
        ReplicationConnection replication,
        ServerQueries queries,
        ServerState state,
        PhysicalSourceOptions options,
        SourceContext context,
        Func<TimeSpan, CancellationToken, Task<RowCounts>> countRows)
    {
        try
        {
            var identity = replication.IdentifySystem();
            var history = identity.Timeline == 1
                ? TimelineHistory.First
                : TimelineHistory.Parse(identity.Timeline, replication.TimelineHistory(identity.Timeline).Content);
            return identity.SystemIdentifier == state.SystemIdentifier.ToString(CultureInfo.InvariantCulture)
                ? new StreamSession(address, replication, queries, state, options, context, identity, TimelineAncestry.Of(history), ClusterSettings.Read(replication)) { CountRows = countRows }
                : throw new DrException(
                    DrError.ServerFailure,
                    $"Two connections to {address} led to two clusters: {identity.SystemIdentifier} and {state.SystemIdentifier}.",
                    "Name one server, not a pool or a name that stands for several.")
                { Subject = address.SourceName };
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e))
        {
            throw ReplicationErrors.Broken(address, $"The base backup of {address}", e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DrException">The server failed.</exception>
    public override bool Accept(BackupInfo parent, out string? why)
    {
        ArgumentNullException.ThrowIfNull(parent);
        var reached = _identity.Position;
        if (_state.IsStandby)
        {
            try
            {
                reached = new Lsn((ulong)_queries.Ask<NpgsqlLogSequenceNumber>("select min_recovery_end_lsn from pg_control_recovery()"));
            }
            catch (NpgsqlException e)
            {
                throw ServerErrors.Of(e, "did not tell how far it has recovered");
            }
        }

        var isAccepted = ParentFacts.TryAccept(
            parent, _state.SystemIdentifier, _identity.Timeline, _settings.HasChecksums, reached, _ancestry, out var facts, out why);
        _parent = facts;
        return isAccepted;
    }

    /// <inheritdoc/>
    /// <exception cref="DrException">The server failed.</exception>
    public override async ValueTask PrepareAsync(ParentFiles files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (!_state.SummarizesWal || !_options.UseWalSummaries || !_settings.LsnTellsChanges || _parent is null)
        {
            return;
        }

        try
        {
            using var upload = ManifestUpload.Start(_replication, _state.SystemIdentifier);
            await foreach (var (path, size) in files.ReadWholeAsync(cancellationToken).ConfigureAwait(false))
            {
                var text = Encoding.UTF8.GetString(path);
                if (!_parent.IsDamaged(text) && DataDirectory.Classify(path, isFolder: false, out _) == ClusterFileKind.MainFork)
                {
                    upload.Add(text, size);
                    _parentSizes.Add(PathHash(text), size);
                }
            }

            upload.Complete(_parent);
            _manifestUploaded = true;
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e))
        {
            throw Broken(e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="DrException">The server refused or broke off; nothing of the backup will exist.</exception>
    public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
    {
        Start();
        var isFirst = true;
        var tablespaces = new HashSet<uint>();
        while (ReadMember() is { } member)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isFirst)
            {
                isFirst = false;
                yield return Folder(string.Empty, _settings.DirectoryMode, member);
            }

            CountRowsWhenDue(cancellationToken);
            var oid = _stream!.CurrentTablespace;
            if (oid != 0 && tablespaces.Add(oid))
            {
                yield return Folder(string.Create(CultureInfo.InvariantCulture, $"{DataDirectory.TablespaceFolder}/{oid}"), member.Mode, member);
            }

            if (Describe(member) is { } entry)
            {
                yield return entry;
            }
        }

        _stopTime = Ask(_queries.Clock);
        _places!.RequireUnmoved(Ask(() => DatabasePlaces.Read(_queries.Ask<string>)));
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = _stream!;
        if (!_small.TryGetValue("backup_label", out var label) || !_small.TryGetValue(ControlFile.RelativePath, out var controlBytes))
        {
            throw Broken(new InvalidDataException("there is no backup_label or no control file in it"));
        }

        var parsed = BackupLabel.Parse(Encoding.UTF8.GetString(label));
        var control = ControlFile.Parse(controlBytes);
        if (parsed.Start != stream.StartLsn || parsed.Timeline != stream.Timeline || stream.StopTimeline != stream.Timeline || control.SystemIdentifier != _state.SystemIdentifier)
        {
            throw new DrException(
                DrError.SourceFailure,
                $"The base backup was started at {stream.StartLsn} on timeline {stream.Timeline} and ended on timeline {stream.StopTimeline}, and its label says {parsed.Start} on timeline {parsed.Timeline}.",
                "The server was promoted meanwhile. Take the backup again; what is stored is reused.");
        }

        _counts = WithoutLate(_counts);
        if (!_options.IncludeWal && _options.Archive is not null)
        {
            var segments = SegmentNames.Range(stream.Timeline, stream.StartLsn, stream.StopLsn, _settings.WalSegmentSize);
            await new ArchiveWait(control, _state, string.Empty, _options).WaitAsync(segments, cancellationToken).ConfigureAwait(false);
        }

        yield break;
    }

    /// <inheritdoc/>
    public override SourceContent Open(TreeEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var path = Encoding.UTF8.GetString(entry.Path);
        if (_small.TryGetValue(path, out var bytes))
        {
            return new BytesContent(bytes);
        }

        var kind = DataDirectory.Classify(entry.Path, isFolder: false, out var relation);
        if (kind is not (ClusterFileKind.MainFork or ClusterFileKind.OtherFork))
        {
            return new StreamedFile(Read);
        }

        if (kind == ClusterFileKind.OtherFork || !_settings.LsnTellsChanges)
        {
            return new StreamedFork(Read, new StreamedPages(path, relation, threshold: 0, _reading, _queries));
        }

        if (_incremental is { } header)
        {
            return new IncrementalFile(
                header, Read, new StreamedPages(path, relation, threshold: 0, _reading, _queries), _parentSizes[PathHash(path)], path);
        }

        var trusted = _parent is not null && !_parent.IsDamaged(path) && !_youngDatabases.Contains(PhysicalSession.Identify(path, relation).Database);
        return new StreamedRelation(Read, new StreamedPages(path, relation, trusted ? _parent!.Start.Value : 0, _reading, _queries));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _replication.Dispose();
        await _queries.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void Start()
    {
        // Before the start: no transaction that commits later bears a smaller number.
        _startXid = ulong.Parse(Ask(() => _queries.Ask<string>("select pg_snapshot_xmin(pg_current_snapshot())::text")), CultureInfo.InvariantCulture);
        _places = Ask(() => DatabasePlaces.Read(_queries.Ask<string>));
        _startTime = Ask(_queries.Clock);
        _began = _options.Time.GetTimestamp();
        var options = new BaseBackupOptions
        {
            FastCheckpoint = _options.FastCheckpoint,
            IncludeWal = _options.IncludeWal,
            EstimateSize = _options.RowCountBudget > TimeSpan.Zero,

            // Without an archive to look into, the server's own word has to do.
            WaitForArchive = !_options.IncludeWal && _options.Archive is null,
        };
        try
        {
            if (_options.IncludeWal)
            {
                KeepWal();
            }

            _stream = _manifestUploaded ? TryStartIncremental(options) : null;
            _stream ??= BaseBackupStream.Start(_replication, options);
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e))
        {
            throw Broken(e);
        }

        if (_parent is not null)
        {
            // Behind the start: a database that is created later is created again by the log.
            _youngDatabases = Ask(() => YoungDatabases.Find(_parent.StartXid, _queries.Ask<string>, _queries.AskRows));
        }
    }

    /// <summary>A temporary slot: without it checkpoints would remove WAL before its turn has come in the stream.</summary>
    private void KeepWal()
    {
        try
        {
            _replication.CreatePhysicalSlot("drtools_backup_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)), temporary: true);
        }
        catch (PostgresException e)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"The server cannot be made to keep its WAL during the backup: {e.MessageText}",
                "Raise max_replication_slots (a restart is needed), or archive WAL instead of storing it with the backup.",
                e)
            { Subject = _address.SourceName };
        }
    }

    private BaseBackupStream? TryStartIncremental(BaseBackupOptions options)
    {
        try
        {
            return BaseBackupStream.Start(_replication, options with { Incremental = true });
        }
        catch (PostgresException e) when (e.Severity == "ERROR" && e.SqlState is PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InternalError)
        {
            // Summaries that are missing or late, or a start that the parent's end lies behind.
            _context.Note($"The server sends all files, because it cannot tell what changed: {e.MessageText}.");
            _replication.Resynchronize();
            return null;
        }
    }

    /// <summary>The server stops the backup by itself when it has sent everything, and a count must not come later than that.
    /// So rows are counted when little is left to come, and nothing is read meanwhile: the server has to wait. How much is left
    /// cannot be told where only changes come: then they are counted before the data directory, behind the tablespaces.</summary>
    private void CountRowsWhenDue(CancellationToken cancellationToken)
    {
        var stream = _stream!;
        var left = Math.Max(LeastLeft, stream.EstimatedBytes / 10);
        if (_counted || stream.CurrentTablespace != 0 || (!stream.IsIncremental && stream.ReceivedBytes < stream.EstimatedBytes - left))
        {
            return;
        }

        // As of the local source: a share of what the backup takes.
        var share = _options.Time.GetElapsedTime(_began) / 10;
        share = share > _options.LeastRowCountBudget ? share : _options.LeastRowCountBudget;
        share = share < _options.RowCountBudget ? share : _options.RowCountBudget;
        _counted = true;
        try
        {
            _counts = Task.Run(() => CountRows(share, cancellationToken), cancellationToken).GetAwaiter().GetResult();
        }
        catch (DrException e)
        {
            // A backup without counts is a whole backup.
            _context.Note($"The rows of tables were not counted. {e.Message}");
        }
    }

    /// <summary>Without counts from behind the end, which would hold what no restored copy has: a small rest may have been under
    /// way already when counting began.</summary>
    private RowCounts WithoutLate(RowCounts counts)
    {
        var late = counts.Details.Where(d => d.Key.StartsWith(RowCounts.FactPrefix, StringComparison.Ordinal)
            && !(Lsn.TryParse(d.Value.Split(' ')[0], out var position) && position < _stream!.StopLsn)).Select(d => d.Key).ToHashSet(StringComparer.Ordinal);
        var prefixes = late.Select(k => $"{new QualifiedName("x", Uri.UnescapeDataString(k[RowCounts.FactPrefix.Length..])).ToString()[2..]}.").ToList();
        return counts with
        {
            Tables = [.. counts.Tables.Where(t => !prefixes.Exists(p => t.Table.StartsWith(p, StringComparison.Ordinal)))],
            Details = counts.Details.Where(d => !late.Contains(d.Key)).ToDictionary(StringComparer.Ordinal),
        };
    }

    private TarMember? ReadMember()
    {
        _incremental = null;
        using var deadline = _options.IncludeWal || _options.Archive is not null || !_small.ContainsKey(ControlFile.RelativePath)
            ? null
            : new Timer(_ => _replication.Abort(), null, _options.ArchiveTimeout, Timeout.InfiniteTimeSpan);
        var started = _options.Time.GetTimestamp();
        try
        {
            return _stream!.ReadMember();
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e))
        {
            throw deadline is not null && e is not PostgresException && _options.Time.GetElapsedTime(started) >= _options.ArchiveTimeout
                ? new DrException(
                    DrError.LogMissing,
                    $"The server at {_address} did not archive the WAL that the backup needs within {Figures.Duration(_options.ArchiveTimeout)}.",
                    "See pg_stat_archiver and the server's log for why archive_command fails, and take the backup again; what is stored is reused.",
                    e)
                { Subject = _address.SourceName }
                : Broken(e);
        }
    }

    /// <returns>The entry of a member, or <see langword="null"/> where it is no part of a backup.</returns>
    private TreeEntry? Describe(TarMember member)
    {
        var name = member.Name;
        var slash = name.LastIndexOf('/') + 1;
        var isIncremental = _manifestUploaded && name.AsSpan(slash).StartsWith(IncrementalHeader.Prefix, StringComparison.Ordinal);
        if (isIncremental)
        {
            name = name.Remove(slash, IncrementalHeader.Prefix.Length);
        }

        var path = _stream!.CurrentTablespace == 0 ? name
            : string.Create(CultureInfo.InvariantCulture, $"{DataDirectory.TablespaceFolder}/{_stream.CurrentTablespace}/{name}");
        var bytes = Encoding.UTF8.GetBytes(path);
        var isFolder = member.Kind == EntryKind.Directory;
        var isOwn = path is "backup_label" or "tablespace_map" || (_options.IncludeWal && path.StartsWith("pg_wal/", StringComparison.Ordinal));
        if (member.Kind == EntryKind.SymbolicLink || (path == "tablespace_map" && member.Size == 0) || (!isOwn && DataDirectory.IsLeftOut(bytes, isFolder)))
        {
            return null;
        }

        var size = member.Size;
        if (isIncremental)
        {
            _incremental = ReadHeader(member);
            size = _incremental.FileSize;
        }
        else if (path is "backup_label" or "tablespace_map" or ControlFile.RelativePath)
        {
            var content = new byte[size];
            Read(content);
            _small[path] = path == "backup_label" ? WithoutIncremental(content) : content;
            size = _small[path].Length;
        }

        return new TreeEntry
        {
            Path = bytes,
            Kind = member.Kind,
            Mode = member.Mode,
            UserId = member.UserId,
            GroupId = member.GroupId,
            Size = isFolder ? 0 : size,
            ModifiedNs = member.ModifiedSeconds * 1_000_000_000,
            ChangedNs = member.ModifiedSeconds * 1_000_000_000,
        };
    }

    private IncrementalHeader ReadHeader(TarMember member)
    {
        try
        {
            return IncrementalHeader.Read(Read, member.Size, _settings.SegmentPages);
        }
        catch (InvalidDataException e)
        {
            throw Broken(e);
        }
    }

    /// <summary>What is stored is whole, and a server would not start from a label that says otherwise.</summary>
    /// <remarks>As pg_combinebackup does it: <c>INCREMENTAL FROM LSN</c> and <c>INCREMENTAL FROM TLI</c>.</remarks>
    private static byte[] WithoutIncremental(byte[] label) => Encoding.UTF8.GetBytes(string.Concat(
        Encoding.UTF8.GetString(label).Split('\n').Where(l => l.Length > 0 && !l.StartsWith("INCREMENTAL FROM ", StringComparison.Ordinal)).Select(l => l + "\n")));

    private static TreeEntry Folder(string path, uint mode, TarMember like) => new()
    {
        Path = Encoding.UTF8.GetBytes(path),
        Kind = EntryKind.Directory,
        Mode = mode,
        UserId = like.UserId,
        GroupId = like.GroupId,
        ModifiedNs = like.ModifiedSeconds * 1_000_000_000,
        ChangedNs = like.ModifiedSeconds * 1_000_000_000,
    };

    /// <summary>Content that cannot be read on is not one file's misfortune but the end of the backup.</summary>
    private int Read(Span<byte> buffer)
    {
        try
        {
            return _stream!.Read(buffer);
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e))
        {
            throw Broken(e);
        }
    }

    private T Ask<T>(Func<T> question)
    {
        try
        {
            return question();
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, $"did not answer during the base backup of {_address}");
        }
    }

    private DrException Broken(Exception cause) => cause switch
    {
        PostgresException e when e.MessageText.Contains("has already been removed", StringComparison.Ordinal) => new DrException(
            DrError.LogMissing,
            $"The server at {_address} removed WAL that the backup needs: {e.MessageText}.",
            "max_slot_wal_keep_size may be too small for the WAL that is written during a backup; raise it, or archive WAL.",
            cause)
        { Subject = _address.SourceName },
        PostgresException { SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState } e => new DrException(
            DrError.SourceFailure,
            $"The backup is void, because of what happened to the server while it was taken: {e.MessageText}",
            e.MessageText.Contains("promoted", StringComparison.Ordinal)
                ? "The standby became a primary. Take the backup again; what is stored is reused."
                : e.Hint ?? "Take the backup again; what is stored is reused.",
            cause)
        { Subject = _address.SourceName },
        _ => ReplicationErrors.Broken(_address, $"The base backup of {_address}", cause),
    };

    /// <summary>Eight bytes instead of a path, of which there may be a million.</summary>
    private static ulong PathHash(string path)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in path)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return hash;
    }
}
