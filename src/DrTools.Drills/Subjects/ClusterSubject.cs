using System.Globalization;
using DrTools.Drills.Checks;
using DrTools.Plans;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;
using DrTools.Restore;
using Npgsql;

namespace DrTools.Drills.Subjects;

/// <summary>
/// A PostgreSQL cluster in a drill. The stand-in is a private server over the restored backup, on a timeline of its own; its log
/// goes into a scratch repository, and recovery is that of the same backup, fetched anew, with the log of both.
/// </summary>
internal sealed class ClusterSubject : DrillSubject
{
    private const string CanaryDatabase = "postgres";

    private readonly PhysicalBackup _backup;
    private readonly ScratchInstance _standIn;
    private ScratchInstance? _recovered;
    private Repository? _scratch;
    private NpgsqlConnection? _application;
    private ClusterDigest? _before;
    private ClusterTable? _table;
    private RecoveryTarget _target = RecoveryTarget.Latest;
    private DateTimeOffset _newest;

    public ClusterSubject(SubjectContext context)
        : base(context)
    {
        _backup = PhysicalBackup.TryFrom(context.Backup) ?? throw new DrException(
            DrError.BadUsage, $"{context.Backup.Id} of {context.Source.Source} is not a physical backup of a cluster, and others cannot be drilled.", "Name the cluster as the source (postgresql://host), and take physical backups.");
        _standIn = NewInstance();
    }

    public override bool IsDatabase => true;

    protected override string Items => "canary rows";

    protected override string Latest => "its log and that of the stand-in";

    protected override string Protection => Request.Scenario == DrillScenario.TableDropped
        ? "The stand-in's log went into a scratch repository, also after the event: its server was still there, and recovery went up to right before it."
        : $"The stand-in's log was handed over once while canaries were written, and not again: what came later was lost. {(Context.Source.Log is { } log ? $"The plan has the log ({log.Method.ToString().ToLowerInvariant()}) there within {PlanDuration.Format(log.Interval)}." : "The plan keeps no log.")}";

    public override async Task<string> ProtectAsync(CancellationToken cancellationToken)
    {
        _application = await _standIn.OpenAsync(CanaryDatabase, readOnly: false, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync($"create table {CanaryName} (id integer primary key, written timestamptz not null)", cancellationToken).ConfigureAwait(false);
        await Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanaryAsync, cancellationToken).ConfigureAwait(false);
        _scratch = await new RepositoryFactory().CreateAsync(ScratchRepository, RepositoryCredential.None, RepositoryPlace.Undeclared, cancellationToken).ConfigureAwait(false);
        var segments = await HandOverAsync(cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(Canaries.Written.Count, "canary row")}, then {Figures.Count(segments, "file")} of the log into a scratch repository";
    }

    public override Task ProduceAsync(CancellationToken cancellationToken) =>
        Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanaryAsync, cancellationToken);

    public override async Task<string> StrikeAsync(CancellationToken cancellationToken)
    {
        if (Request.Scenario is DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted)
        {
            _table = _before!.Tables.Count > 0
                ? _before.Tables.Values.MaxBy(t => (t.Rows, t.Name))!
                : throw new DrException(DrError.BadUsage, $"{Source} has no table that could be damaged.", "Choose another scenario.");
        }

        if (Request.Scenario == DrillScenario.TableDropped)
        {
            var position = (string)(await ClusterDigest.RowsAsync(_application!, "select pg_current_wal_insert_lsn()::text", cancellationToken).ConfigureAwait(false))[0][0];
            _target = RecoveryTarget.At(Lsn.Parse(position));
            var connection = await _standIn.OpenAsync(_table!.Database, readOnly: false, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await ClusterDigest.RowsAsync(connection, $"drop table {_table.Name} cascade", cancellationToken).ConfigureAwait(false);
            }

            return $"DROP TABLE {_table.Name} CASCADE in {_table.Database}, of {Figures.Count(_table.Rows, "row")}";
        }

        await CloseAsync().ConfigureAwait(false);
        if (Request.Scenario == DrillScenario.DatabaseCorrupted)
        {
            await _standIn.StopAsync().ConfigureAwait(false);
            var pages = Damage.OverwriteBlocks(Path.Combine(_standIn.DataDirectory, _table!.Path), Context.Random);
            return $"{Figures.Count(pages, "page")} of {_table.Name} in {_table.Database} overwritten";
        }

        await _standIn.DisposeAsync().ConfigureAwait(false);
        return "the site is gone, the server and its data directory with it";
    }

    public override async Task<string> DetectAsync(CancellationToken cancellationToken)
    {
        var (damaged, seen) = await LookAsync(cancellationToken).ConfigureAwait(false);
        Recorder.Check(DrillCheckKind.Damage, Source, "The damage is real", damaged, seen);
        if (Request.Scenario == DrillScenario.TableDropped)
        {
            // The server is there: what it has written since can still be had.
            await HandOverAsync(cancellationToken).ConfigureAwait(false);
        }

        return seen;
    }

    public override async Task<string> RestoreAsync(CancellationToken cancellationToken)
    {
        _recovered = NewInstance();
        var result = await RestoreBackupAsync(Context.Repository, Context.Backup, _recovered.DataDirectory, RecoveryOptions, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Bytes(result.Bytes)} of {Context.Backup.Id} from {Context.RepositoryName}";
    }

    public override async Task<string> ReplayAsync(CancellationToken cancellationToken)
    {
        var supply = new ArchiveWalSupply([new LogArchive(Context.Repository), new LogArchive(_scratch!)], _backup.SystemIdentifier);
        var recovery = await _recovered!.RecoverAsync(_target, RecoveryTargetAction.Promote, supply, null, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(recovery.Files, "file")} of the log replayed to {(_target.Kind == RecoveryTargetKind.Latest ? "its end" : $"{_target}, right before the table was dropped")}";
    }

    public override async Task<string> CheckAsync(CancellationToken cancellationToken)
    {
        await _recovered!.StopAsync().ConfigureAwait(false);
        await CheckPagesAsync(_recovered, DrillCheckKind.Recovered, cancellationToken).ConfigureAwait(false);
        await _recovered.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var database in await ClusterDigest.DatabasesAsync(_recovered, cancellationToken).ConfigureAwait(false))
        {
            var (couldRun, passed, detail) = await new AmCheck(_recovered, database, isThorough: false).RunAsync(cancellationToken).ConfigureAwait(false);
            if (couldRun)
            {
                Recorder.Check(DrillCheckKind.Recovered, Source, $"Tables and indexes of {database}", passed, detail);
            }
            else
            {
                Recorder.NotRun(DrillCheckKind.Recovered, Source, $"Tables and indexes of {database}", detail, optional: true);
            }
        }

        var start = Context.Time.GetTimestamp();
        var after = await ClusterDigest.ReadAsync(_recovered, cancellationToken).ConfigureAwait(false);
        var canary = $"{CanaryDatabase}: public.{CanaryName}";
        CheckList(
            DrillCheckKind.Consistency,
            "Every value of every table",
            [
                .. _before!.Tables.Where(t => !after.Tables.TryGetValue(t.Key, out var now) || (now.Rows, now.Hash) != (t.Value.Rows, t.Value.Hash)).Select(t =>
                    !after.Tables.TryGetValue(t.Key, out var now) ? $"{t.Key} is missing" : now.Rows != t.Value.Rows ? $"{t.Key} has {Figures.Count(now.Rows, "row")} instead of {Figures.Count(t.Value.Rows)}" : $"values of {t.Key} differ"),
                .. after.Tables.Keys.Where(t => t != canary && !_before.Tables.ContainsKey(t)).Select(t => $"{t} was not there before"),
            ],
            $"{Figures.Count(_before.Tables.Values.Sum(t => t.Rows), "row")} of {Figures.Count(_before.Tables.Count, "table")}, a hash of each table as before the event",
            Context.Time.GetElapsedTime(start));
        CheckList(DrillCheckKind.Consistency, "Foreign keys lead to rows that are there", after.Violations, $"no violation of {Figures.Count(after.ForeignKeys, "foreign key")}");
        foreach (var assertion in Context.Assertions)
        {
            var (passed, detail) = await SqlAssertion.Parse(assertion).RunAsync(_recovered, cancellationToken).ConfigureAwait(false);
            Recorder.Check(DrillCheckKind.Consistency, Source, $"Assertion: {assertion}", passed, detail);
        }

        var connection = await _recovered.OpenAsync(CanaryDatabase, readOnly: true, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            Found.UnionWith((await ClusterDigest.RowsAsync(connection, $"select id from {CanaryName}", cancellationToken).ConfigureAwait(false)).Select(r => (int)r[0]));
        }

        return $"{Figures.Count(after.Tables.Values.Sum(t => t.Rows), "row")} compared";
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await _standIn.DisposeAsync().ConfigureAwait(false);
        if (_recovered is not null)
        {
            await _recovered.DisposeAsync().ConfigureAwait(false);
        }

        if (_scratch is not null)
        {
            await _scratch.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The end of what the log in the plan's repository leads to: what was committed since could be lost.</summary>
    protected override DateTimeOffset NewestMoment(DateTimeOffset newest) => _newest > newest ? _newest : newest;

    protected override async Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_standIn.DataDirectory);
        return await new RestoreEngine(Context.Repository).RestoreAsync(Context.Backup, _standIn.DataDirectory, new RestoreOptions { Check = false }, null, cancellationToken).ConfigureAwait(false);
    }

    protected override async Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken)
    {
        var windows = await new RecoveryWindows(Context.Repository).ListAsync(Source, cancellationToken).ConfigureAwait(false);
        _newest = windows.Where(w => w.SystemIdentifier == _backup.SystemIdentifier).SelectMany(w => new[] { w.Newest, w.LogArrived }).Max() ?? default;
        await RequireLogAsync(cancellationToken).ConfigureAwait(false);
        var supply = _backup.IncludesWal ? null : new ArchiveWalSupply([new LogArchive(Context.Repository)], _backup.SystemIdentifier);
        var recovery = await _standIn.RecoverAsync(RecoveryTarget.Immediate, RecoveryTargetAction.Promote, supply, null, cancellationToken).ConfigureAwait(false);
        Recorder.Check(DrillCheckKind.BackupIntegrity, Source, "The backup can be recovered", true, $"consistent in PostgreSQL {_standIn.Programs.Version}, run as {_standIn.RunsAs}{(recovery.Files > 0 ? $", with {Figures.Count(recovery.Files, "file")} of the log archive" : string.Empty)}", recovery.Duration);
        await _standIn.StopAsync().ConfigureAwait(false);
        var pages = await CheckPagesAsync(_standIn, DrillCheckKind.BackupIntegrity, cancellationToken).ConfigureAwait(false);
        await _standIn.StartAsync(cancellationToken).ConfigureAwait(false);
        Keep(DrillCheckKind.BackupIntegrity, "Rows as recorded with the backup", await new RowComparison(_standIn, Context.Backup.Facts, pages.Newest).RunAsync(cancellationToken).ConfigureAwait(false));
        _before = await ClusterDigest.ReadAsync(_standIn, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A server that lacks log says that it lacks a checkpoint: what is missing is told before.</summary>
    private async Task RequireLogAsync(CancellationToken cancellationToken)
    {
        if (_backup.IncludesWal)
        {
            return;
        }

        var needed = new List<string>();
        for (var segment = _backup.FirstSegment; segment.Number <= _backup.LastSegment.Number; segment = segment.Next)
        {
            needed.Add(segment.FileName);
        }

        var missing = await new RepositoryWal(new LogArchive(Context.Repository)).FindMissingAsync(_backup.SystemIdentifier, needed, cancellationToken).ConfigureAwait(false);
        CheckList(DrillCheckKind.BackupIntegrity, "The log that the backup needs is there", [.. missing.Select(m => $"{m} is missing")], $"{Figures.Count(needed.Count, "segment")}");
        if (missing.Count > 0)
        {
            throw new DrException(
                DrError.LogMissing,
                $"The backup {_backup.Id} cannot be recovered: {Figures.Count(missing.Count, "segment")} of the log that it needs are not in {Context.RepositoryName}: {string.Join(", ", missing.Take(3))}.",
                "Copy them from another repository (drtools copy), restore another backup, and take one now.");
        }
    }

    private Task<PageCheckResult> CheckPagesAsync(ScratchInstance server, DrillCheckKind kind, CancellationToken cancellationToken)
    {
        var start = Context.Time.GetTimestamp();
        var pages = PageCheck.Run(server.DataDirectory, 2, cancellationToken);
        if (Context.Backup.Facts.Details.GetValueOrDefault("checksums") == "off" && pages.DamagedPages == 0)
        {
            Recorder.NotRun(kind, Source, "Checksum of every page", "could not run: the cluster has no data checksums", optional: true);
        }
        else
        {
            Recorder.Check(
                kind,
                Source,
                "Checksum of every page",
                pages.DamagedPages == 0,
                $"{Figures.Count(pages.Pages, "page")} in {Figures.Count(pages.Files, "file")}{(pages.DamagedPages == 0 ? string.Empty : $"; {Figures.Count(pages.DamagedPages)} damaged: {string.Join("; ", pages.Damaged)}")}",
                Context.Time.GetElapsedTime(start));
        }

        return Task.FromResult(pages);
    }

    private async Task<(bool Damaged, string Seen)> LookAsync(CancellationToken cancellationToken)
    {
        if (_table is null)
        {
            return (!Directory.Exists(_standIn.DataDirectory) && !_standIn.IsRunning, "the data directory is not there, and no server answers");
        }

        if (!_standIn.IsRunning)
        {
            await _standIn.StartAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var connection = await _standIn.OpenAsync(_table.Database, readOnly: true, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await ClusterDigest.RowsAsync(connection, $"select count(t::text) from {_table.Name} as t", cancellationToken).ConfigureAwait(false);
                return (false, $"{_table.Name} can be read");
            }
        }
        catch (PostgresException e)
        {
            return (true, e.MessageText);
        }
    }

    /// <summary>Ends the segment that is being written, and hands over what is complete, as the server's archiver would.</summary>
    /// <returns>Number of files.</returns>
    private async Task<int> HandOverAsync(CancellationToken cancellationToken)
    {
        await ExecuteAsync("select pg_switch_wal()", cancellationToken).ConfigureAwait(false);
        var current = (string)(await ClusterDigest.RowsAsync(_application!, "select pg_walfile_name(pg_current_wal_insert_lsn())", cancellationToken).ConfigureAwait(false))[0][0];
        var timeline = current[..8];
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_standIn.DataDirectory, "pg_wal")).Order(StringComparer.Ordinal))
        {
            // A name of a segment sorts as its place in the log does.
            var name = Path.GetFileName(path);
            if (name == $"{timeline}.history" || (name.Length == 24 && name.StartsWith(timeline, StringComparison.Ordinal) && string.CompareOrdinal(name, current) < 0))
            {
                var pushed = WalPush.Run([new LogArchive(_scratch!)], path);
                if (!pushed.IsEverywhere)
                {
                    throw new DrException(DrError.StoreFailure, $"The log file {name} of the stand-in could not be kept.", "Check the scratch folder and its free space.");
                }

                count++;
            }
        }

        return count;
    }

    private async ValueTask WriteCanaryAsync(int id) =>
        await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"insert into {CanaryName} values ({id}, now())"), CancellationToken.None).ConfigureAwait(false);

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        await ClusterDigest.RowsAsync(_application!, sql, cancellationToken).ConfigureAwait(false);

    private async ValueTask CloseAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ScratchInstance NewInstance() => ScratchInstance.Create(_backup.MajorVersion, new ScratchOptions
    {
        Parent = Request.WorkFolder,
        Programs = Request.ProgramFolder is { } folder && ServerPrograms.TryAt(folder)?.MajorVersion == _backup.MajorVersion ? folder : null,

        // A canary counts as written when a server in production would have it on disk.
        Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" },
    });
}
