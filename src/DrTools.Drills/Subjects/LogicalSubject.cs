using System.Globalization;
using DrTools.Backup;
using DrTools.Drills.Checks;
using DrTools.PostgreSql;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;

namespace DrTools.Drills.Subjects;

/// <summary>
/// Databases of PostgreSQL of which there are dumps. The stand-in is a private server, fresh, into which the dumps are loaded;
/// it is dumped once into a scratch repository, and recovery loads the dumps of the plan's repository into another fresh server
/// and then, in their place, those of the stand-in.
/// </summary>
internal sealed class LogicalSubject(SubjectContext context) : ServerSubject(context, MajorOf(context.Backup))
{
    private BackupInfo? _protected;

    protected override string CanaryDatabase => Databases[0];

    protected override string? AssertionDatabase => Databases.Count == 1 ? Databases[0] : null;

    protected override string Latest => "the newest dump of the stand-in";

    protected override string Protection =>
        $"The stand-in was dumped once while canaries were written, and not again: what came later was lost. {(Context.Source.Schedules.Count > 0 ? $"The plan has {string.Join(", ", Context.Source.Schedules)}." : "The plan gives no schedule.")}";

    private IReadOnlyList<string> Databases { get; } = LogicalDumps.DatabasesOf(context.Backup.Facts);

    public override async Task<string> ProtectAsync(CancellationToken cancellationToken)
    {
        await WriteFirstCanariesAsync(cancellationToken).ConfigureAwait(false);
        _protected = await BackUpAsync(StandInSource(), cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(Canaries.Written.Count, "canary row")}, then a dump of {Figures.Bytes(_protected.SourceBytes)} into a scratch repository in {Figures.Duration(_protected.Duration)}";
    }

    public override async Task<string> RestoreAsync(CancellationToken cancellationToken)
    {
        var server = MakeRecovered();
        await server.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var bytes = (await LoadAsync(RecoveryRepository, Context.Backup, server, cancellationToken).ConfigureAwait(false)).Sum(r => r.Bytes);
        return $"{Figures.Bytes(bytes)} of {Context.Backup.Id} from {Context.RepositoryName} into a fresh server";
    }

    public override async Task<string> ReplayAsync(CancellationToken cancellationToken)
    {
        var repository = await new RepositoryFactory().OpenAsync(ScratchRepository, RepositoryCredential.None, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            await EmptyAsync(RecoveredServer!, cancellationToken).ConfigureAwait(false);
            var results = await LoadAsync(repository, _protected!, RecoveredServer!, cancellationToken).ConfigureAwait(false);
            Keep(DrillCheckKind.Recovered, "Database recovered", [.. results.SelectMany(r => r.Checks)]);
            return $"{Figures.Bytes(results.Sum(r => r.Bytes))} of the newest dump of the stand-in";
        }
    }

    /// <summary>The dumps as files: that reads and hashes all of the backup.</summary>
    protected override async Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(StandIn);
        return await new RestoreEngine(Context.Repository).RestoreAsync(Context.Backup, StandIn, new RestoreOptions { Check = false }, null, cancellationToken).ConfigureAwait(false);
    }

    protected override async Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken)
    {
        Directory.Delete(StandIn, recursive: true);
        await Server.InitializeAsync(cancellationToken).ConfigureAwait(false);
        var results = await LoadAsync(Context.Repository, Context.Backup, Server, cancellationToken).ConfigureAwait(false);
        Recorder.Check(DrillCheckKind.BackupIntegrity, Source, "The dumps can be loaded", true, $"{Figures.Count(results.Count, "database")} into PostgreSQL {Server.Programs.Version}, run as {Server.RunsAs}", TimeSpan.FromTicks(results.Sum(r => r.Duration.Ticks)));
        Keep(DrillCheckKind.BackupIntegrity, "Rows as recorded with the backup", [.. results.SelectMany(r => r.Checks)]);
        foreach (var note in results.SelectMany(r => r.Notes).Where(n => !n.Contains(" made: ", StringComparison.Ordinal)))
        {
            Recorder.Find(Source, note, "Dump what it refers to as well, or restore it by hand.");
        }

        Before = await ClusterDigest.ReadAsync(Server, cancellationToken).ConfigureAwait(false);
    }

    private static int MajorOf(BackupInfo backup) => int.Parse(backup.Facts.Details["serverVersion"], CultureInfo.InvariantCulture) / 10000;

    /// <summary>The stand-in as a source of the same databases, schemas and tables, and of the canaries.</summary>
    private LogicalSource StandInSource()
    {
        var location = Source[(ServerAddress.Scheme.Length + 1)..];
        var (address, _, selection) = LogicalSelection.Parse(location, new PostgreSqlOptions());
        if (!selection.IsEverything)
        {
            (address, _, selection) = LogicalSelection.Parse(location, new PostgreSqlOptions { Tables = [$"public.{CanaryName}"] });
        }

        return new LogicalSource(Server.Address with { Database = address.Database }, selection, new PostgreSqlOptions { ProgramFolder = Request.ProgramFolder });
    }

    private async Task<List<LogicalRestoreResult>> LoadAsync(Repository repository, BackupInfo backup, ScratchInstance server, CancellationToken cancellationToken)
    {
        var results = new List<LogicalRestoreResult>();
        foreach (var database in Databases)
        {
            var options = new LogicalRestoreOptions
            {
                Target = server.Address with { Database = database },
                Database = database,
                Roles = RoleHandling.Create,
                IgnoreTablespaces = true,
                ProgramFolder = Request.ProgramFolder,
                WorkFolder = Context.Folder,
            };
            results.Add(await new LogicalRestore(repository, Context.Time).RunAsync(backup, options, null, cancellationToken).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>Drops the databases: dumps are loaded into empty ones only.</summary>
    private async Task EmptyAsync(ScratchInstance server, CancellationToken cancellationToken)
    {
        var connection = await server.OpenAsync("template1", readOnly: false, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            foreach (var database in Databases)
            {
                await ClusterDigest.RowsAsync(connection, $"drop database {QualifiedName.Quote(database)} with (force)", cancellationToken).ConfigureAwait(false);
                if (database == "postgres")
                {
                    // Everybody connects to this one first.
                    await ClusterDigest.RowsAsync(connection, "create database postgres template template0", cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }
}
