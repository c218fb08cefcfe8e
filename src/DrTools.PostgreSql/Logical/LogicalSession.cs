using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using DrTools.Backup;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Programs;
using DrTools.PostgreSql.Tables;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// One logical backup: an entry for each dump, written by a program of its own while it is read, several at once. Each
/// database has one snapshot, which is taken when its first entry is opened and given up when its last has been read.
/// </summary>
internal sealed class LogicalSession(ServerAddress address, LogicalSelection selection, PostgreSqlOptions options, ServerDescription server, SourceContext context) : SourceSession
{
    private readonly ConcurrentDictionary<string, DatabaseDump> _databases = new(StringComparer.Ordinal);
    private readonly PrivatePasswordFile? _passwords = options.Password is { } password ? PrivatePasswordFile.Create(context.WorkFolder, password) : null;
    private CancellationToken _stop;
    private int? _parentChunks;
    private long _started;

    public required ClientProgram Dump { get; init; }

    public required ClientProgram DumpAll { get; init; }

    /// <summary>The sizes of dumps show when they have been read.</summary>
    public override bool IsOrdered => false;

    public override SourceFacts Facts => Describe();

    private int ChunkLength => DumpChunks.Choose(server.Size, _parentChunks);

    public override bool Accept(BackupInfo parent, out string? why)
    {
        _parentChunks = int.TryParse(parent.Facts.Details.GetValueOrDefault("chunkLength"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
        return base.Accept(parent, out why);
    }

    /// <summary>Takes the snapshot of a database now.</summary>
    public Task OpenDatabaseAsync(string database, CancellationToken cancellationToken) => OpenedAsync(database, cancellationToken);

    public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken)
    {
        _stop = cancellationToken;
        _started = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        yield return Folder(string.Empty);
        yield return NewFile(LogicalEntries.Globals);
        foreach (var database in server.Databases)
        {
            if (selection.IsEverything)
            {
                yield return NewFile(LogicalEntries.Whole(database));
                continue;
            }

            yield return Folder(LogicalEntries.Folder(database));
            if (selection.Schemas.Count > 0)
            {
                yield return Folder(LogicalEntries.SchemasFolder(database));
                foreach (var schema in selection.Schemas)
                {
                    yield return NewFile(LogicalEntries.Schema(database, schema));
                }
            }

            if (selection.Tables.Count > 0)
            {
                yield return NewFile(LogicalEntries.Tables(database));
            }
        }
    }

    public override SourceContent Open(TreeEntry entry)
    {
        var path = Encoding.UTF8.GetString(entry.Path);
        if (path == LogicalEntries.Globals)
        {
            var database = address.Database ?? "postgres";
            string[] arguments = ["-d", ClientProcess.Connection(address, database), "-l", database, "-w", "--globals-only"];
            return Start(DumpAll, server.ShowsRolePasswords ? arguments : [.. arguments, "--no-role-passwords"], path, "The roles and tablespaces could not be dumped", static () => { });
        }

        var name = LogicalEntries.DatabaseOf(path)!;
        var dump = OpenedAsync(name, _stop).GetAwaiter().GetResult();
        var what = LogicalEntries.SchemaOf(path) is { } schema ? $"The schema {schema} of {name}" : path == LogicalEntries.Tables(name) ? $"The tables of {name}" : $"The database {name}";
        return Start(Dump, Arguments(path, name, dump.Snapshot.Id), path, $"{what} could not be dumped", dump.EntryDone);
    }

    /// <summary>Every dump has ended well by now; the counts may not have.</summary>
    public override async IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var database in _databases.Values)
        {
            await database.Counts.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        yield break;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var database in _databases.Values)
        {
            await database.DisposeAsync().ConfigureAwait(false);
        }

        _passwords?.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private List<string> Arguments(string path, string database, string snapshot)
    {
        var arguments = new List<string>
        {
            "-d", ClientProcess.Connection(address, database), "-w", "--format=custom", "--compress=0", "--snapshot=" + snapshot,
            string.Create(CultureInfo.InvariantCulture, $"--lock-wait-timeout={DatabaseSnapshot.LockWait.TotalMilliseconds:0}"),
        };

        // In patterns, what is quoted stands for itself.
        if (LogicalEntries.SchemaOf(path) is { } schema)
        {
            arguments.AddRange(["-n", QualifiedName.Quote(schema)]);
        }
        else if (path == LogicalEntries.Tables(database))
        {
            arguments.AddRange(selection.Tables.SelectMany(t => (string[])["-t", t.Sql]));
        }

        return arguments;
    }

    private DumpContent Start(ClientProgram program, IReadOnlyList<string> arguments, string path, string failed, Action done)
    {
        _stop.ThrowIfCancellationRequested();
        var process = ClientProcess.Start(program, arguments, address, _passwords);
        process.Input.Close();
        return new DumpContent(
            process,
            address,
            failed,
            text => context.Report(new EntryIssue(path, text, IsLoss: false)),
            done,
            DumpChunks.Of(ChunkLength),
            _stop);
    }

    private Task<DatabaseDump> OpenedAsync(string database, CancellationToken cancellationToken)
    {
        var entries = selection.IsEverything ? 1 : selection.Schemas.Count + (selection.Tables.Count > 0 ? 1 : 0);
        var dump = _databases.GetOrAdd(database, _ => new DatabaseDump(
            entries,
            options.CountRows,
            () => DatabaseSnapshot.TakeAsync(address, options.Password, database, selection, cancellationToken)));
        return dump.OpenedAsync(cancellationToken);
    }

    private SourceFacts Describe()
    {
        var details = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["method"] = "logical",
            ["format"] = "custom",
            ["chunkLength"] = ChunkLength.ToString(CultureInfo.InvariantCulture),
            ["serverVersion"] = server.VersionText,
            ["dumpVersion"] = Dump.Version,
            ["systemIdentifier"] = server.SystemIdentifier,
            ["fromStandby"] = server.IsStandby ? "true" : "false",
            ["rolePasswords"] = server.ShowsRolePasswords ? "true" : "false",
            ["databases"] = string.Join(',', server.Databases.Select(Uri.EscapeDataString)),
            ["largeObjects"] = selection.IsEverything ? "true" : "false",
        };
        if (selection.Schemas.Count > 0)
        {
            details["schemas"] = string.Join(',', selection.Schemas.Select(Uri.EscapeDataString));
        }

        if (selection.Tables.Count > 0)
        {
            details["tables"] = string.Join(',', selection.Tables.Select(t => Uri.EscapeDataString(t.ToString())));
        }

        var tables = new List<TableRows>();
        foreach (var (name, dump) in _databases.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            var snapshot = dump.Snapshot;
            snapshot.Definition.AddTo(details, name);
            details[$"database.{name}.snapshotTime"] = snapshot.Taken.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            details[$"database.{name}.snapshotLsn"] = snapshot.Position.ToString();
            tables.AddRange(dump.Counts.Result.Select(c => new TableRows(address.Database is null ? $"{name}/{c.Table}" : c.Table.ToString(), c.Rows)));
        }

        return new SourceFacts { Engine = $"PostgreSQL {server.Version}", Tables = tables, Details = details };
    }

    private TreeEntry Folder(string path) => NewEntry(path, EntryKind.Directory, 0x1C0);

    private TreeEntry NewFile(string path)
    {
        var entry = NewEntry(path, EntryKind.File, 0x180);
        entry.Size = UnknownSize;
        return entry;
    }

    private TreeEntry NewEntry(string path, EntryKind kind, uint mode)
    {
        var (user, group) = OperatingSystem.IsWindows() ? (0u, 0u) : (LibC.EffectiveUser(), LibC.EffectiveGroup());
        return new TreeEntry { Path = LogicalEntries.Bytes(path), Kind = kind, Mode = mode, UserId = user, GroupId = group, ModifiedNs = _started, ChangedNs = _started };
    }
}
