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

namespace DrTools.Drills.Subjects;

/// <summary>
/// A PostgreSQL cluster in a drill. The stand-in is a private server over the restored backup, on a timeline of its own; its log
/// goes into a scratch repository, and recovery is that of the same backup, fetched anew, with the log of both.
/// </summary>
internal sealed class ClusterSubject(SubjectContext context, PhysicalBackup backup) : ServerSubject(context, backup.MajorVersion)
{
    private Repository? _scratch;
    private RecoveryTarget _target = RecoveryTarget.Latest;
    private DateTimeOffset _newest;

    protected override string CanaryDatabase => "postgres";

    protected override string Latest => "its log and that of the stand-in";

    protected override string Protection => Request.Scenario == DrillScenario.TableDropped
        ? "The stand-in's log went into a scratch repository, also after the event: its server was still there, and recovery went up to right before it."
        : $"The stand-in's log was handed over once while canaries were written, and not again: what came later was lost. {(Context.Source.Log is { } log ? $"The plan has the log ({log.Method.ToString().ToLowerInvariant()}) there within {PlanDuration.Format(log.Interval)}." : "The plan keeps no log.")}";

    public override async Task<string> ProtectAsync(CancellationToken cancellationToken)
    {
        await WriteFirstCanariesAsync(cancellationToken).ConfigureAwait(false);
        _scratch = await new RepositoryFactory().CreateAsync(ScratchRepository, RepositoryCredential.None, RepositoryPlace.Undeclared, cancellationToken).ConfigureAwait(false);
        var segments = await HandOverAsync(cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(Canaries.Written.Count, "canary row")}, then {Figures.Count(segments, "file")} of the log into a scratch repository";
    }

    public override async Task<string> DetectAsync(CancellationToken cancellationToken)
    {
        var seen = await base.DetectAsync(cancellationToken).ConfigureAwait(false);
        if (Request.Scenario == DrillScenario.TableDropped)
        {
            // The server is there: what it has written since can still be had.
            await HandOverAsync(cancellationToken).ConfigureAwait(false);
        }

        return seen;
    }

    public override async Task<string> RestoreAsync(CancellationToken cancellationToken)
    {
        var result = await RestoreBackupAsync(RecoveryRepository, Context.Backup, MakeRecovered().DataDirectory, RecoveryOptions, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Bytes(result.Bytes)} of {Context.Backup.Id} from {Context.RepositoryName}";
    }

    public override async Task<string> ReplayAsync(CancellationToken cancellationToken)
    {
        var supply = new ArchiveWalSupply([new LogArchive(RecoveryRepository), new LogArchive(_scratch!)], backup.SystemIdentifier);
        var recovery = await RecoveredServer!.RecoverAsync(_target, RecoveryTargetAction.Promote, supply, null, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(recovery.Files, "file")} of the log replayed to {(_target.Kind == RecoveryTargetKind.Latest ? "its end" : $"{_target}, right before the table was dropped")}";
    }

    public override async Task<string> CheckAsync(CancellationToken cancellationToken)
    {
        await RecoveredServer!.StopAsync().ConfigureAwait(false);
        CheckPages(RecoveredServer, DrillCheckKind.Recovered, cancellationToken);
        await RecoveredServer.StartAsync(cancellationToken).ConfigureAwait(false);
        return await base.CheckAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        if (_scratch is not null)
        {
            await _scratch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The end of what the log in the plan's repository leads to: what was committed since could be lost.</summary>
    protected override DateTimeOffset NewestMoment(DateTimeOffset newest) => _newest > newest ? _newest : newest;

    /// <summary>Where the drop is recovered to.</summary>
    protected override async Task BeforeDropAsync(CancellationToken cancellationToken) =>
        _target = RecoveryTarget.At(Lsn.Parse((string)(await AskAsync("select pg_current_wal_insert_lsn()::text", cancellationToken).ConfigureAwait(false))[0][0]));

    protected override async Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Server.DataDirectory);
        return await new RestoreEngine(Context.Repository).RestoreAsync(Context.Backup, Server.DataDirectory, new RestoreOptions { Check = false }, null, cancellationToken).ConfigureAwait(false);
    }

    protected override async Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken)
    {
        var windows = await new RecoveryWindows(Context.Repository).ListAsync(Source, cancellationToken).ConfigureAwait(false);
        _newest = windows.Where(w => w.SystemIdentifier == backup.SystemIdentifier).SelectMany(w => new[] { w.Newest, w.LogArrived }).Max() ?? default;
        await RequireLogAsync(cancellationToken).ConfigureAwait(false);
        var supply = backup.IncludesWal ? null : new ArchiveWalSupply([new LogArchive(Context.Repository)], backup.SystemIdentifier);
        var recovery = await Server.RecoverAsync(RecoveryTarget.Immediate, RecoveryTargetAction.Promote, supply, null, cancellationToken).ConfigureAwait(false);
        Recorder.Check(DrillCheckKind.BackupIntegrity, Source, "The backup can be recovered", true, $"consistent in PostgreSQL {Server.Programs.Version}, run as {Server.RunsAs}{(recovery.Files > 0 ? $", with {Figures.Count(recovery.Files, "file")} of the log archive" : string.Empty)}", recovery.Duration);
        await Server.StopAsync().ConfigureAwait(false);
        var pages = CheckPages(Server, DrillCheckKind.BackupIntegrity, cancellationToken);
        await Server.StartAsync(cancellationToken).ConfigureAwait(false);
        Keep(DrillCheckKind.BackupIntegrity, "Rows as recorded with the backup", await new RowComparison(Server, Context.Backup.Facts, pages.Newest).RunAsync(cancellationToken).ConfigureAwait(false));
        Before = await ClusterDigest.ReadAsync(Server, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A server that lacks log says that it lacks a checkpoint: what is missing is told before.</summary>
    private async Task RequireLogAsync(CancellationToken cancellationToken)
    {
        if (backup.IncludesWal)
        {
            return;
        }

        var needed = new List<string>();
        for (var segment = backup.FirstSegment; segment.Number <= backup.LastSegment.Number; segment = segment.Next)
        {
            needed.Add(segment.FileName);
        }

        var missing = await new RepositoryWal(new LogArchive(Context.Repository)).FindMissingAsync(backup.SystemIdentifier, needed, cancellationToken).ConfigureAwait(false);
        CheckList(DrillCheckKind.BackupIntegrity, "The log that the backup needs is there", [.. missing.Select(m => $"{m} is missing")], $"{Figures.Count(needed.Count, "segment")}");
        if (missing.Count > 0)
        {
            throw new DrException(
                DrError.LogMissing,
                $"The backup {backup.Id} cannot be recovered: {Figures.Count(missing.Count, "segment")} of the log that it needs are not in {Context.RepositoryName}: {string.Join(", ", missing.Take(3))}.",
                "Copy them from another repository (drtools copy), restore another backup, and take one now.");
        }
    }

    private PageCheckResult CheckPages(ScratchInstance server, DrillCheckKind kind, CancellationToken cancellationToken)
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

        return pages;
    }

    /// <summary>Ends the segment that is being written, and hands over what is complete, as the server's archiver would.</summary>
    /// <returns>Number of files.</returns>
    private async Task<int> HandOverAsync(CancellationToken cancellationToken)
    {
        await AskAsync("select pg_switch_wal()", cancellationToken).ConfigureAwait(false);
        var current = (string)(await AskAsync("select pg_walfile_name(pg_current_wal_insert_lsn())", cancellationToken).ConfigureAwait(false))[0][0];
        var timeline = current[..8];
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(Path.Combine(Server.DataDirectory, "pg_wal")).Order(StringComparer.Ordinal))
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
}
