using System.Globalization;
using DrTools.Backup;
using DrTools.Drills.Checks;
using DrTools.Plans;
using DrTools.Restore;
using DrTools.Sources.Sqlite;
using Microsoft.Data.Sqlite;

namespace DrTools.Drills.Subjects;

/// <summary>A SQLite database in a drill.</summary>
internal sealed class SqliteSubject(SubjectContext context) : DrillSubject(context)
{
    private SqliteDigest? _before;
    private SqliteConnection? _application;
    private BackupInfo? _protected;
    private string? _table;

    public override bool IsDatabase => true;

    protected override string Items => "canary rows";

    protected override string Protection =>
        $"One backup of the stand-in was taken while canaries were written, and none after it: what came later was lost. {(Context.Source.Schedules.Count > 0 ? $"The plan has {string.Join(", ", Context.Source.Schedules)}." : "The plan gives no schedule.")}";

    protected override string Latest => "the newest backup of the stand-in";

    private string FileName => Path.GetFileName(Source);

    private string Production => Path.Combine(StandIn, FileName);

    private string Copy => Path.Combine(Recovered, FileName);

    public override async Task<string> ProtectAsync(CancellationToken cancellationToken)
    {
        _application = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Production, Pooling = false, ForeignKeys = false }.ConnectionString);
        await _application.OpenAsync(cancellationToken).ConfigureAwait(false);
        Execute($"CREATE TABLE {CanaryName} (id INTEGER PRIMARY KEY, written TEXT NOT NULL)");
        await Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanary, cancellationToken).ConfigureAwait(false);
        _protected = await BackUpAsync(new SqliteSource(Production), cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(Canaries.Written.Count, "canary row")}, then a backup of {Figures.Bytes(_protected.SourceBytes)} into a scratch repository in {Figures.Duration(_protected.Duration)}";
    }

    public override Task ProduceAsync(CancellationToken cancellationToken) =>
        Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanary, cancellationToken);

    public override async Task<string> StrikeAsync(CancellationToken cancellationToken)
    {
        if (Request.Scenario == DrillScenario.TableDropped)
        {
            _table = _before!.Tables.Count > 0
                ? _before.Tables.MaxBy(t => (t.Value.Rows, t.Key)).Key
                : throw new DrException(DrError.BadUsage, $"{Source} has no table that could be dropped.", "Choose another scenario.");
            Execute($"DROP TABLE {SqliteDigest.Quote(_table)}");
            await CloseAsync().ConfigureAwait(false);
            return $"DROP TABLE {_table}, of {Figures.Count(_before.Tables[_table].Rows, "row")}";
        }

        await CloseAsync().ConfigureAwait(false);
        switch (Request.Scenario)
        {
            case DrillScenario.DatabaseCorrupted:
                var pages = Damage.OverwritePages(Production, Context.Random);
                return $"{Figures.Count(pages, "page")} overwritten";
            case DrillScenario.RansomwareEncrypted:
                Damage.Encrypt(Production);
                return "the database file encrypted and renamed";
            default:
                Directory.Delete(StandIn, recursive: true);
                return Gone("the database");
        }
    }

    public override Task<string> DetectAsync(CancellationToken cancellationToken)
    {
        var (damaged, seen) = Look(cancellationToken);
        Recorder.Check(DrillCheckKind.Damage, Source, "The damage is real", damaged, seen);
        return Task.FromResult(seen);
    }

    public override async Task<string> ReplayAsync(CancellationToken cancellationToken)
    {
        var result = await CatchUpAsync(_protected!, new RestoreOptions { Force = true, Check = false }, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Bytes(result.Bytes)} of the newest backup of the stand-in";
    }

    public override async Task<string> CheckAsync(CancellationToken cancellationToken)
    {
        Keep(DrillCheckKind.Recovered, "Database recovered", await new SqliteSource(Production).CheckRestoredAsync(Recovered, _protected!.Facts, cancellationToken).ConfigureAwait(false));
        var start = Context.Time.GetTimestamp();
        var after = SqliteDigest.Read(Copy, cancellationToken);
        CheckList(
            DrillCheckKind.Consistency,
            "Every value of every table",
            [
                .. _before!.Tables.Where(t => !after.Tables.TryGetValue(t.Key, out var now) || now != t.Value).Select(t =>
                    !after.Tables.TryGetValue(t.Key, out var now) ? $"{t.Key} is missing" : now.Rows != t.Value.Rows ? $"{t.Key} has {Figures.Count(now.Rows, "row")} instead of {Figures.Count(t.Value.Rows)}" : $"values of {t.Key} differ"),
                .. after.Tables.Keys.Where(t => t != CanaryName && !_before.Tables.ContainsKey(t)).Select(t => $"{t} was not there before"),
            ],
            $"{Figures.Count(_before.Tables.Values.Sum(t => t.Rows), "row")} of {Figures.Count(_before.Tables.Count, "table")}, SHA-256 of each table as before the event",
            Context.Time.GetElapsedTime(start));
        CheckList(DrillCheckKind.Consistency, "Foreign keys lead to rows that are there", SqliteDigest.ForeignKeyViolations(Copy), "no violation");
        foreach (var assertion in Context.Assertions)
        {
            var (passed, detail) = SqliteDigest.Assert(Copy, assertion);
            Recorder.Check(DrillCheckKind.Consistency, Source, $"Assertion: {assertion}", passed, detail);
        }

        Found.UnionWith(SqliteDigest.ReadNumbers(Copy, $"SELECT id FROM {CanaryName}"));
        return $"{Figures.Count(after.Tables.Values.Sum(t => t.Rows), "row")} compared";
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override async Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(StandIn);
        return await new RestoreEngine(Context.Repository).RestoreAsync(Context.Backup, StandIn, new RestoreOptions(), null, cancellationToken).ConfigureAwait(false);
    }

    protected override Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken)
    {
        Keep(DrillCheckKind.BackupIntegrity, "The backup is the database that was recorded", result.Checks);
        _before = SqliteDigest.Read(Production, cancellationToken);
        return Task.CompletedTask;
    }

    private (bool Damaged, string Seen) Look(CancellationToken cancellationToken)
    {
        if (!File.Exists(Production))
        {
            return (true, $"{FileName} is not there");
        }

        if (_table is not null)
        {
            var (holds, detail) = SqliteDigest.Assert(Production, $"SELECT count(*) >= 0 FROM {SqliteDigest.Quote(_table)}");
            return (!holds, detail);
        }

        try
        {
            using var database = new CopiedDatabase(Production, cancellationToken);
            var verdict = IntegrityVerdict.Of(database);
            return (verdict.IsDamaged, "integrity check: " + verdict.Text);
        }
        catch (SqliteException e)
        {
            return (true, e.Message);
        }
    }

    private ValueTask WriteCanary(int id)
    {
        Execute(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {CanaryName} VALUES ({id}, '{Context.Time.GetUtcNow().UtcDateTime:O}')"));
        return ValueTask.CompletedTask;
    }

    private void Execute(string sql)
    {
        using var command = _application!.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private async ValueTask CloseAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }
}
