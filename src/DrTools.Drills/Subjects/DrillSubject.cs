using DrTools.Backup;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.Drills.Subjects;

/// <summary>
/// One source in a drill: its stand-in, what is done to it, and its recovery. Real data of a real backup, and nothing but
/// scratch copies.
/// </summary>
internal abstract class DrillSubject(SubjectContext context) : IAsyncDisposable
{
    /// <summary>Name of the canaries' table or folder: no application has one of it.</summary>
    protected const string CanaryName = "drtools_canary";

    private const int Named = 3;

    public string Source => context.Source.Source;

    public TimeSpan? RestoreDuration { get; private set; }

    public bool IsAlive { get; set; } = true;

    /// <summary>The repository as whoever recovers has it: opened with another key where the drill takes the usual one away.</summary>
    public Repository RecoveryRepository { get; set; } = context.Repository;

    /// <summary>Whether it holds a database, which assertions can be asked of.</summary>
    public abstract bool IsDatabase { get; }

    /// <summary>What its canaries are called.</summary>
    protected abstract string Items { get; }

    /// <summary>How it is protected in the drill, as a sentence.</summary>
    protected abstract string Protection { get; }

    protected SubjectContext Context => context;

    protected DrillRequest Request => context.Request;

    protected DrillRecorder Recorder => context.Recorder;

    protected Canaries Canaries { get; } = new(context.Time);

    protected HashSet<int> Found { get; } = [];

    protected string StandIn => Path.Combine(context.Folder, "stand-in");

    protected string Recovered => Path.Combine(context.Folder, "recovered");

    protected string ScratchRepository => Path.Combine(context.Folder, "repository");

    /// <summary>Fetches the backup and restores it into the stand-in.</summary>
    public async Task<string> PrepareAsync(CancellationToken cancellationToken)
    {
        var verified = await new VerificationEngine(context.Repository, new VerifyOptions { Level = VerifyLevel.Catalog }).VerifyAsync(context.Backup.Id, null, cancellationToken).ConfigureAwait(false);
        Recorder.Check(
            DrillCheckKind.BackupIntegrity,
            Source,
            "Every object of the backup is there",
            verified.Passed,
            verified.Findings is [var first, ..] ? $"{first.Object}: {first.Problem}{(verified.Findings.Count > 1 ? $"; and {verified.Findings.Count - 1} more" : string.Empty)}" : $"{Figures.Count(verified.Packs, "pack")}, {Figures.Bytes(verified.TotalBytes)}, with their sizes",
            verified.Duration);
        var start = context.Time.GetTimestamp();
        var result = await RestoreStandInAsync(cancellationToken).ConfigureAwait(false);
        RestoreDuration = context.Time.GetElapsedTime(start);
        Recorder.Check(
            DrillCheckKind.BackupIntegrity,
            Source,
            "Everything of the backup can be read",
            result.LossCount == 0,
            result.LossCount == 0 ? $"{Figures.Count(result.Files, "file")}, {Figures.Bytes(result.Bytes)}, every hash as recorded" : Losses(result),
            RestoreDuration.Value);
        RequireWhole(result, context.Backup.Id);
        await InspectStandInAsync(result, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Bytes(result.Bytes)} of {context.Backup.Id} from {context.RepositoryName} in {Figures.Duration(RestoreDuration.Value)}";
    }

    /// <summary>Writes canaries into the stand-in, and protects it once, as the plan says.</summary>
    public abstract Task<string> ProtectAsync(CancellationToken cancellationToken);

    /// <summary>Writes more canaries, which nothing protects any more.</summary>
    public abstract Task ProduceAsync(CancellationToken cancellationToken);

    /// <summary>Does the event to the stand-in.</summary>
    public abstract Task<string> StrikeAsync(CancellationToken cancellationToken);

    /// <summary>Sees the damage, and that it is real.</summary>
    public abstract Task<string> DetectAsync(CancellationToken cancellationToken);

    /// <summary>Finds the backup to recover from, as whoever recovers has to.</summary>
    public virtual async Task<string> DecideAsync(CancellationToken cancellationToken)
    {
        var found = await new BackupCatalog(RecoveryRepository).FindAsync(context.Backup.Id, Source, cancellationToken).ConfigureAwait(false);
        return $"{found.Id} of {Figures.Moment(found.Started)} in {context.RepositoryName}, then {Latest}";
    }

    /// <summary>Fetches the backup again, into another place.</summary>
    public virtual async Task<string> RestoreAsync(CancellationToken cancellationToken)
    {
        var result = await RestoreBackupAsync(RecoveryRepository, context.Backup, Recovered, RecoveryOptions, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Bytes(result.Bytes)} of {context.Backup.Id} from {context.RepositoryName}";
    }

    /// <summary>Brings in what was protected since.</summary>
    public abstract Task<string> ReplayAsync(CancellationToken cancellationToken);

    /// <summary>Checks what was recovered.</summary>
    public abstract Task<string> CheckAsync(CancellationToken cancellationToken);

    /// <summary>What was lost.</summary>
    /// <param name="happened">When the event happened.</param>
    /// <param name="newest">The newest moment that the plan's repository can restore.</param>
    public DrillLoss Measure(DateTimeOffset happened, DateTimeOffset newest)
    {
        var (lost, lastKept, firstLost, span) = Canaries.Compare(Found, happened);
        return new DrillLoss
        {
            Source = Source,
            Items = Items,
            Protection = Protection,
            Written = Canaries.Written.Count,
            Lost = lost,
            LastKept = lastKept?.Written,
            FirstLost = firstLost?.Written,
            Measured = span,
            Exposure = happened - NewestMoment(newest),
            Planned = context.Source.Log?.Interval ?? context.Source.LongestInterval(Request.Plan.TimeZone),
        };
    }

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The newest moment that the plan's repository can restore, given when its newest backup was started.</summary>
    protected virtual DateTimeOffset NewestMoment(DateTimeOffset newest) => newest;

    /// <summary>What is gone when all of it is.</summary>
    protected string Gone(string what) => Request.Scenario == DrillScenario.KeyLost ? $"the host is gone, {what} and the keys of the repository with it" : $"the site is gone, {what} with it";

    /// <summary>What a recovery ends with.</summary>
    protected abstract string Latest { get; }

    /// <summary>What of the backup is recovered.</summary>
    protected virtual RestoreOptions RecoveryOptions => new() { Check = false };

    /// <summary>Restores the backup into the stand-in.</summary>
    protected abstract Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken);

    /// <summary>Checks the stand-in against what was recorded with the backup, and takes note of what it holds.</summary>
    protected abstract Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken);

    /// <summary>Restores a backup, and everything of it.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> when something of it is lost.</exception>
    protected static async Task<RestoreResult> RestoreBackupAsync(Repository repository, BackupInfo backup, string folder, RestoreOptions options, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var result = await new RestoreEngine(repository).RestoreAsync(backup, folder, options, null, cancellationToken).ConfigureAwait(false);
        RequireWhole(result, backup.Id);
        return result;
    }

    /// <summary>Backs up into the scratch repository, as a schedule would into the plan's.</summary>
    /// <remarks>It lies beside the stand-in, which is as readable: there is nothing to hide by a key.</remarks>
    protected async Task<BackupInfo> BackUpAsync(ISource source, CancellationToken cancellationToken)
    {
        var repository = await new RepositoryFactory().CreateAsync(ScratchRepository, RepositoryCredential.None, RepositoryPlace.Undeclared, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            var options = new BackupOptions { Type = BackupType.Full, CompressionLevel = 1, Reason = "drill", WorkFolder = context.Folder };
            var backup = (await new BackupEngine(repository).RunAsync(source, options, null, cancellationToken).ConfigureAwait(false)).Backup;
            return backup.IsPartial
                ? throw new DrException(DrError.SourceFailure, $"The stand-in cannot be protected as a whole: {backup.Issues[0].Path}: {backup.Issues[0].Problem}", "See the message; the backup that it was restored from may be damaged.")
                : backup;
        }
    }

    /// <summary>Restores from the scratch repository over what was recovered so far.</summary>
    protected async Task<RestoreResult> CatchUpAsync(BackupInfo latest, RestoreOptions options, CancellationToken cancellationToken)
    {
        var repository = await new RepositoryFactory().OpenAsync(ScratchRepository, RepositoryCredential.None, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            return await RestoreBackupAsync(repository, latest, Recovered, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps the checks of a source: those that failed one by one, those that passed as one.</summary>
    protected void Keep(DrillCheckKind kind, string name, IReadOnlyList<SourceCheck> checks)
    {
        foreach (var check in checks.Where(c => !c.Passed).Take(50))
        {
            if (check.IsOptional)
            {
                Recorder.NotRun(kind, Source, $"{name}: {check.Name}", check.Detail, optional: true);
            }
            else
            {
                Recorder.Check(kind, Source, $"{name}: {check.Name}", false, check.Detail, check.Duration);
            }
        }

        var passed = checks.Where(c => c.Passed).ToList();
        if (passed.Count > 0)
        {
            var names = string.Join(", ", passed.Select(c => c.Name).Where(n => !n.StartsWith("rows of ", StringComparison.Ordinal)));
            var rows = passed.Count(c => c.Name.StartsWith("rows of ", StringComparison.Ordinal));
            Recorder.Check(kind, Source, name, true, $"{names}{(rows > 0 ? $", and the rows of {Figures.Count(rows, "table")}" : string.Empty)}", TimeSpan.FromTicks(passed.Sum(c => c.Duration.Ticks)));
        }
        else if (checks.Count == 0)
        {
            Recorder.NotRun(kind, Source, name, "the source has no checks of its own");
        }
    }

    protected void CheckList(DrillCheckKind kind, string name, IReadOnlyList<string> problems, string passed, TimeSpan duration = default) =>
        Recorder.Check(kind, Source, name, problems.Count == 0, problems.Count == 0 ? passed : string.Join("; ", problems.Take(Named)) + (problems.Count > Named ? $"; and {Figures.Count(problems.Count - Named)} more" : string.Empty), duration);

    private static void RequireWhole(RestoreResult result, string backup)
    {
        if (result.LossCount > 0)
        {
            throw new DrException(DrError.IntegrityFailure, $"The backup {backup} is damaged: {Losses(result)}", "Heal the repository from a copy, or restore another backup; take a full backup now.");
        }
    }

    private static string Losses(RestoreResult result) =>
        $"{Figures.Count(result.LossCount, "entry", "entries")} cannot be restored: {string.Join("; ", result.Issues.Where(i => i.IsLoss).Take(Named).Select(i => $"{i.Path}: {i.Problem}"))}";
}
