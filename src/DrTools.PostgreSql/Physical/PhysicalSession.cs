using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DrTools.Backup;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Pages;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Trees;
using Npgsql;

namespace DrTools.PostgreSql.Physical;

/// <summary>One backup of the files of a cluster, between <c>pg_backup_start</c> and <c>pg_backup_stop</c>.</summary>
internal sealed class PhysicalSession : SourceSession
{
    private const uint DefaultTablespace = 1663;
    private const uint GlobalTablespace = 1664;

    private readonly ServerBackup _server;
    private readonly ServerState _state;
    private readonly ControlFile _control;
    private readonly string _dataDirectory;
    private readonly PhysicalSourceOptions _options;
    private readonly ClusterWalk _walk;
    private readonly RelationReading _reading;
    private readonly FinalEntries _final;
    private readonly Action<string> _note;
    private readonly HashSet<uint> _youngDatabases = [];
    private readonly long _started;
    private ParentFacts? _parent;
    private RowCounts _counts = RowCounts.None;
    private ChangedBlocks? _changes;

    /// <summary>Takes over a started backup.</summary>
    /// <param name="server">The server's side; ended with this object.</param>
    /// <param name="state">What the server said of itself.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="options">How to back it up.</param>
    /// <param name="context">Takes what is not as it should be.</param>
    public PhysicalSession(ServerBackup server, ServerState state, string dataDirectory, PhysicalSourceOptions options, SourceContext context)
    {
        (_server, _state, _dataDirectory, _options, _note) = (server, state, dataDirectory, options, context.Note);
        _started = options.Time.GetTimestamp();
        _control = ControlFile.Read(dataDirectory);
        _reading = new RelationReading(() => server.Start.Value, server.HasWritten, context.Report, _control.HasChecksums, _control.SegmentPages);
        _walk = new ClusterWalk(dataDirectory, DataDirectory.TablespaceVersionFolder(state.MajorVersion, _control.CatalogVersion), context.Report);
        _final = new FinalEntries(server, state, _control, dataDirectory, options, _walk);
    }

    /// <inheritdoc/>
    public override SourceFacts Facts
    {
        get
        {
            var facts = _final.Facts(_reading, _walk.TablespaceLocations);
            return facts with { Tables = _counts.Tables, Details = new Dictionary<string, string>(facts.Details.Concat(_counts.Details), StringComparer.Ordinal) };
        }
    }

    /// <summary>Counts rows, just before the backup is stopped: what is written between the count and the stop makes it
    /// say less.</summary>
    public Func<TimeSpan, CancellationToken, Task<RowCounts>> CountRows { get; init; } = (_, _) => Task.FromResult(RowCounts.None);

    /// <inheritdoc/>
    public override int FormatVersion => _control.LsnTellsChanges ? 2 : 1;

    /// <inheritdoc/>
    public override bool DetectsChanges => true;

    /// <summary>The label and the WAL come last, wherever they belong.</summary>
    public override bool IsOrdered => false;

    /// <inheritdoc/>
    /// <exception cref="DrException">The server failed.</exception>
    public override bool Accept(BackupInfo parent, out string? why)
    {
        ArgumentNullException.ThrowIfNull(parent);
        var ancestry = TimelineAncestry.Read(_dataDirectory, _control.Timeline);
        var reached = _state.IsStandby && _control.MinimumRecoveryPoint > _server.Start ? _control.MinimumRecoveryPoint : _server.Start;
        if (!ParentFacts.TryAccept(parent, _control, reached, ancestry, out var facts, out why))
        {
            return false;
        }

        try
        {
            _youngDatabases.UnionWith(YoungDatabases.Find(facts.StartXid, _server.Query<string>, (query, take) => _server.QueryRows(query, take)));
            if (_state.SummarizesWal && _options.UseWalSummaries && _control.LsnTellsChanges)
            {
                new WalSummaries(_server, _options.Time).TryRead(
                    ancestry!.Spans(facts.Timeline, facts.Start, _server.Start), _control.SegmentPages, _options.SummaryTimeout, out _changes, out var gap);
                if (gap is not null)
                {
                    _note(gap);
                }
            }
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, "did not tell what was changed");
        }

        _parent = facts;
        return true;
    }

    /// <inheritdoc/>
    public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken) => _walk.Read(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A file that was damaged is read again, so that nobody forgets it.</remarks>
    public override bool IsUnchanged(TreeEntry entry, TreeEntry before) =>
        base.IsUnchanged(entry, before) && _parent is not null && !(_parent.Damaged.Count > 0 && _parent.IsDamaged(Encoding.UTF8.GetString(entry.Path)));

    /// <inheritdoc/>
    public override async IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _counts = await TryCountRowsAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var entry in _final.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public override SourceContent Open(TreeEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (_final.TryOpen(entry) is { } last)
        {
            return last;
        }

        var fd = _walk.Open(entry.Path);
        try
        {
            var status = PosixFile.StatusOf(fd);
            EntryReader.Refresh(entry, status);
            entry.Flags = PosixFile.IsRacy(status, _options.Time.GetUtcNow()) ? entry.Flags | EntryFlags.Racy : entry.Flags & ~EntryFlags.Racy;
            if (status.Size > RelationFile.MostPages * PageHeader.PageSize)
            {
                PosixFile.AdviseReadOnce(fd);
            }

            var kind = DataDirectory.Classify(entry.Path, isFolder: false, out var relation);
            if (kind is not (ClusterFileKind.MainFork or ClusterFileKind.OtherFork))
            {
                return new PlainContent(fd, status.Size);
            }

            var path = Encoding.UTF8.GetString(entry.Path);
            if (kind == ClusterFileKind.OtherFork || !_control.LsnTellsChanges)
            {
                return new ForkContent(new RelationFile(fd, path, relation, status.Size, threshold: 0, _reading));
            }

            var id = Identify(path, relation);
            var trusted = _parent is not null && !_youngDatabases.Contains(id.Database) && !_parent.IsDamaged(path);
            return new RelationContent(
                new RelationFile(fd, path, relation, status.Size, trusted && _changes is null ? _parent!.Start.Value : 0, _reading),
                status.Size,
                trusted ? _changes?.Of(id, relation.Segment) : null);
        }
        catch
        {
            Descriptor.Close(fd);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        _walk.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A backup without counts is a whole backup.</summary>
    private async Task<RowCounts> TryCountRowsAsync(CancellationToken cancellationToken)
    {
        var share = _options.Time.GetElapsedTime(_started) / 10;
        share = share > _options.LeastRowCountBudget ? share : _options.LeastRowCountBudget;
        try
        {
            return await CountRows(share < _options.RowCountBudget ? share : _options.RowCountBudget, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            _note($"The rows of tables were not counted. {e.Message}");
            return RowCounts.None;
        }
    }

    /// <summary>The relation of a path such as <c>base/5/16384</c> or <c>pg_tblspc/16400/PG_…/5/16384</c>.</summary>
    internal static RelationId Identify(string path, RelationFileName relation)
    {
        var parts = path.Split('/');
        return parts[0] switch
        {
            "global" => new RelationId(GlobalTablespace, 0, relation.FileNode),
            "base" => new RelationId(DefaultTablespace, Number(parts[1]), relation.FileNode),
            _ => new RelationId(Number(parts[1]), Number(parts[3]), relation.FileNode),
        };
    }

    private static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
