using System.Globalization;
using System.Text;
using DrTools.Backup;
using DrTools.Platform.Posix;
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
    private ParentFacts? _parent;
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
        _control = ControlFile.Read(dataDirectory);
        _reading = new RelationReading(server, context.Report, _control.HasChecksums, _control.SegmentPages);
        _walk = new ClusterWalk(dataDirectory, DataDirectory.TablespaceVersionFolder(state.MajorVersion, _control.CatalogVersion), context.Report);
        _final = new FinalEntries(server, state, _control, dataDirectory, options, _walk);
    }

    /// <inheritdoc/>
    public override SourceFacts Facts => _final.Facts(_reading.DamagedFiles, _reading.DamagedPages, _walk.TablespaceLocations);

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
            FindYoungDatabases(facts.StartXid);
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
    public override IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync(CancellationToken cancellationToken) => _final.ReadAsync(cancellationToken);

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

    /// <summary>The relation of a path such as <c>base/5/16384</c> or <c>pg_tblspc/16400/PG_…/5/16384</c>.</summary>
    private static RelationId Identify(string path, RelationFileName relation)
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

    /// <summary>Finds databases that were created, or altered, since the parent was started. Their files may be copies of
    /// another database's, pages with old LSNs under a path that the parent knows too (CREATE DATABASE … OID … STRATEGY
    /// file_copy).</summary>
    private void FindYoungDatabases(ulong startXid)
    {
        var next = ulong.Parse(_server.Query<string>("select pg_snapshot_xmax(pg_current_snapshot())::text"), CultureInfo.InvariantCulture);
        _server.QueryRows(
            "select oid, xmin from pg_database",
            row =>
            {
                // Rows bear the low half of a transaction's number. One that is older than it looks is taken for young,
                // which costs nothing but reading. Numbers below 3 are those of initdb.
                var low = row.GetFieldValue<uint>(1);
                var xid = (next & 0xFFFF_FFFF_0000_0000) | low;
                if (xid > next)
                {
                    xid -= 0x1_0000_0000;
                }

                if (low >= 3 && xid >= startXid)
                {
                    _youngDatabases.Add(row.GetFieldValue<uint>(0));
                }
            });
    }
}
