using System.Globalization;
using DrTools.Drills.Checks;
using DrTools.Plans;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Scratch;
using Npgsql;

namespace DrTools.Drills.Subjects;

/// <summary>Databases of PostgreSQL in a drill: the stand-in is a private server, and what is recovered is another one.</summary>
internal abstract class ServerSubject : DrillSubject
{
    private NpgsqlConnection? _application;

    protected ServerSubject(SubjectContext context, int majorVersion)
        : base(context)
    {
        MajorVersion = majorVersion;
        Server = NewInstance();
    }

    public override bool IsDatabase => true;

    protected override string Items => "canary rows";

    /// <summary>The database that canaries are written into.</summary>
    protected abstract string CanaryDatabase { get; }

    /// <summary>The database that assertions are asked in which name none.</summary>
    protected virtual string? AssertionDatabase => null;

    protected int MajorVersion { get; }

    /// <summary>The stand-in.</summary>
    protected ScratchInstance Server { get; }

    /// <summary>What is recovered; from <see cref="MakeRecovered"/> on.</summary>
    protected ScratchInstance? RecoveredServer { get; private set; }

    /// <summary>What the stand-in held before anything was written into it.</summary>
    protected ClusterDigest? Before { get; set; }

    /// <summary>The table that is damaged; from the event on.</summary>
    protected ClusterTable? Table { get; private set; }

    public override Task ProduceAsync(CancellationToken cancellationToken) =>
        Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanaryAsync, cancellationToken);

    public override async Task<string> StrikeAsync(CancellationToken cancellationToken)
    {
        if (Request.Scenario is DrillScenario.TableDropped or DrillScenario.DatabaseCorrupted)
        {
            Table = Before!.Tables.Count > 0
                ? Before.Tables.Values.MaxBy(t => (t.Rows, t.Name))!
                : throw new DrException(DrError.BadUsage, $"{Source} has no table that could be damaged.", "Choose another scenario.");
        }

        if (Request.Scenario == DrillScenario.TableDropped)
        {
            await BeforeDropAsync(cancellationToken).ConfigureAwait(false);
            var connection = await Server.OpenAsync(Table!.Database, readOnly: false, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await ClusterDigest.RowsAsync(connection, $"drop table {Table.Name} cascade", cancellationToken).ConfigureAwait(false);
            }

            return $"DROP TABLE {Table.Name} CASCADE in {Table.Database}, of {Figures.Count(Table.Rows, "row")}";
        }

        await CloseAsync().ConfigureAwait(false);
        switch (Request.Scenario)
        {
            case DrillScenario.DatabaseCorrupted:
                await Server.StopAsync().ConfigureAwait(false);
                var pages = Damage.OverwriteBlocks(Path.Combine(Server.DataDirectory, Table!.Path), Context.Random);
                return $"{Figures.Count(pages, "page")} of {Table.Name} in {Table.Database} overwritten";
            case DrillScenario.RansomwareEncrypted:
                // While it runs, as an attacker would; the server goes when somebody pulls the plug.
                var files = Damage.EncryptFolder(Server.DataDirectory, cancellationToken);
                await Server.KillAsync().ConfigureAwait(false);
                return $"{Figures.Count(files, "file")} of the data directory encrypted and renamed while the server ran";
            default:
                await Server.DisposeAsync().ConfigureAwait(false);
                return Gone("the data directory");
        }
    }

    public override async Task<string> DetectAsync(CancellationToken cancellationToken)
    {
        var (damaged, seen) = await LookAsync(cancellationToken).ConfigureAwait(false);
        Recorder.Check(DrillCheckKind.Damage, Source, "The damage is real", damaged, seen);
        return seen;
    }

    public override async Task<string> CheckAsync(CancellationToken cancellationToken)
    {
        var server = RecoveredServer!;
        foreach (var database in await ClusterDigest.DatabasesAsync(server, cancellationToken).ConfigureAwait(false))
        {
            var (couldRun, passed, detail) = await new AmCheck(server, database, isThorough: false).RunAsync(cancellationToken).ConfigureAwait(false);
            if (couldRun)
            {
                Recorder.Check(DrillCheckKind.Recovered, Source, $"Tables and indexes of {database}", passed, detail);
            }
            else
            {
                Recorder.NotRun(DrillCheckKind.Recovered, Source, $"Tables and indexes of {database}", detail, optional: true);
            }
        }

        var after = await CompareAsync(server, cancellationToken).ConfigureAwait(false);
        foreach (var text in Context.Assertions)
        {
            var assertion = SqlAssertion.Parse(text);
            var (passed, detail) = await (assertion with { Database = assertion.Database ?? AssertionDatabase }).RunAsync(server, cancellationToken).ConfigureAwait(false);
            Recorder.Check(DrillCheckKind.Consistency, Source, $"Assertion: {text}", passed, detail);
        }

        var connection = await server.OpenAsync(CanaryDatabase, readOnly: true, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            Found.UnionWith((await ClusterDigest.RowsAsync(connection, $"select id from public.{CanaryName}", cancellationToken).ConfigureAwait(false)).Select(r => (int)r[0]));
        }

        return $"{Figures.Count(after.Tables.Values.Sum(t => t.Rows), "row")} compared";
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        await Server.DisposeAsync().ConfigureAwait(false);
        if (RecoveredServer is not null)
        {
            await RecoveredServer.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Right before a table is dropped.</summary>
    protected virtual Task BeforeDropAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected ScratchInstance MakeRecovered() => RecoveredServer = NewInstance();

    /// <summary>Begins to write canaries.</summary>
    protected async Task WriteFirstCanariesAsync(CancellationToken cancellationToken)
    {
        _application = await Server.OpenAsync(CanaryDatabase, readOnly: false, cancellationToken).ConfigureAwait(false);
        await AskAsync($"create table public.{CanaryName} (id integer primary key, written timestamptz not null)", cancellationToken).ConfigureAwait(false);
        await Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanaryAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the stand-in, as its application.</summary>
    protected Task<List<object[]>> AskAsync(string sql, CancellationToken cancellationToken) => ClusterDigest.RowsAsync(_application!, sql, cancellationToken);

    private async Task<ClusterDigest> CompareAsync(ScratchInstance server, CancellationToken cancellationToken)
    {
        var start = Context.Time.GetTimestamp();
        var after = await ClusterDigest.ReadAsync(server, cancellationToken).ConfigureAwait(false);
        var canary = $"{CanaryDatabase}: public.{CanaryName}";
        CheckList(
            DrillCheckKind.Consistency,
            "Every value of every table",
            [
                .. Before!.Tables.Where(t => !after.Tables.TryGetValue(t.Key, out var now) || (now.Rows, now.Hash) != (t.Value.Rows, t.Value.Hash)).Select(t =>
                    !after.Tables.TryGetValue(t.Key, out var now) ? $"{t.Key} is missing" : now.Rows != t.Value.Rows ? $"{t.Key} has {Figures.Count(now.Rows, "row")} instead of {Figures.Count(t.Value.Rows)}" : $"values of {t.Key} differ"),
                .. after.Tables.Keys.Where(t => t != canary && !Before.Tables.ContainsKey(t)).Select(t => $"{t} was not there before"),
            ],
            $"{Figures.Count(Before.Tables.Values.Sum(t => t.Rows), "row")} of {Figures.Count(Before.Tables.Count, "table")}, a hash of each table as before the event",
            Context.Time.GetElapsedTime(start));
        CheckList(DrillCheckKind.Consistency, "Foreign keys lead to rows that are there", after.Violations, $"no violation of {Figures.Count(after.ForeignKeys, "foreign key")}");
        return after;
    }

    private async Task<(bool Damaged, string Seen)> LookAsync(CancellationToken cancellationToken)
    {
        if (Table is null && Request.Scenario != DrillScenario.RansomwareEncrypted)
        {
            return (!Directory.Exists(Server.DataDirectory) && !Server.IsRunning, "the data directory is not there, and no server answers");
        }

        try
        {
            if (!Server.IsRunning)
            {
                await Server.StartAsync(cancellationToken).ConfigureAwait(false);
            }

            if (Table is null)
            {
                return (false, "the server starts");
            }

            var connection = await Server.OpenAsync(Table.Database, readOnly: true, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await ClusterDigest.RowsAsync(connection, $"select count(t::text) from {Table.Name} as t", cancellationToken).ConfigureAwait(false);
                return (false, $"{Table.Name} can be read");
            }
        }
        catch (PostgresException e)
        {
            return (true, e.MessageText);
        }
        catch (DrException e) when (Table is null)
        {
            return (true, $"no server starts there: {e.Message}");
        }
    }

    private async ValueTask WriteCanaryAsync(int id) =>
        await AskAsync(string.Create(CultureInfo.InvariantCulture, $"insert into public.{CanaryName} values ({id}, now())"), CancellationToken.None).ConfigureAwait(false);

    private async ValueTask CloseAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }

    private ScratchInstance NewInstance() => ScratchInstance.Create(MajorVersion, new ScratchOptions
    {
        Parent = Request.WorkFolder,
        Programs = Request.ProgramFolder is { } folder && ServerPrograms.TryAt(folder)?.MajorVersion == MajorVersion ? folder : null,

        // A canary counts as written when a server in production would have it on disk.
        Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" },
    });
}
