using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Copies;

/// <summary>
/// Copies backups, and the logs that recovery from them reads, from one repository into another one with its own key. What the
/// target has is not transferred again. A copy is a backup like any other: it depends on nothing in the repository that it came
/// from, keeps its id, and can be copied on. See <c>docs/copies.md</c>.
/// </summary>
/// <param name="source">Where the backups are.</param>
/// <param name="target">Where they are to be.</param>
public sealed class CopyEngine(Repository source, Repository target)
{
    private readonly List<string> _notes = [];

    /// <summary>Copies what the options say.</summary>
    /// <returns>What became of each backup. One that is damaged in the source is refused, and the others are copied.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when both are the same repository,
    /// <see cref="DrError.BackupMissing"/>, <see cref="DrError.RepositoryOlderFormat"/>, and whatever the target says that keeps
    /// everything from being stored; what is stored by then is reused by the next copy.</exception>
    public async Task<CopyResult> RunAsync(CopyOptions options, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (source.Id == target.Id)
        {
            throw new DrException(DrError.BadUsage, $"{source.Location} and {target.Location} are the same repository ({source.Id}).", "Name another repository to copy to; it is created with drtools init (New-DrRepository).");
        }

        target.RequireFormat(source.FormatVersion, $"A copy from {source.Location}, which has format version {source.FormatVersion},");
        var started = source.Time.GetUtcNow();
        var (readBefore, writtenBefore) = (source.Store.Traffic, target.Store.Traffic);
        var run = new RunRecord { Operation = "copy", Outcome = RunOutcome.Failed, Started = started, Finished = started, Source = options.Source, Detail = $"to {target.Location} (repository {target.Id})" };
        try
        {
            var result = await ExecuteAsync(options, started, progress, cancellationToken).ConfigureAwait(false);
            result = result with { SourceTraffic = source.TrafficSince(readBefore), TargetTraffic = target.TrafficSince(writtenBefore) };
            return options.DryRun ? result : result with { Notes = [.. _notes, .. options.FromDeposit ? [] : await RecordAsync(run, result).ConfigureAwait(false)] };
        }
        catch (Exception e) when (!options.DryRun)
        {
            if (!options.FromDeposit)
            {
                await FailureRecord.TryAppendAsync(source, run with { Finished = source.Time.GetUtcNow() }, e).ConfigureAwait(false);
            }

            await FailureRecord.TryAppendAsync(target, run with { Finished = source.Time.GetUtcNow(), Detail = $"from {source.Location} (repository {source.Id})" }, e).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CopyResult> ExecuteAsync(CopyOptions options, DateTimeOffset started, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        var planner = new CopyPlanner(source, target, options);
        var groups = await planner.PlanAsync(cancellationToken).ConfigureAwait(false);
        var logCopy = new LogCopy(source, target, options.Logs, options.Workers);
        var chosen = await logCopy.ChooseAsync(groups, cancellationToken).ConfigureAwait(false);
        var missing = await logCopy.MissingAsync(chosen, cancellationToken).ConfigureAwait(false);
        var logBytes = missing.Sum(l => l.StoredLength);
        var result = new CopyResult
        {
            SourceRepository = source.Location,
            TargetRepository = target.Location,
            IsDryRun = options.DryRun,
            Backups = [.. groups.SelectMany(g => g.Backups).Select(b => b.State)],
            Logs = new CopiedLogs { Copied = missing.Count, StoredBytes = logBytes, AlreadyThere = chosen.Count - missing.Count },
            StoredBytes = planner.PackBytes + logBytes,
        };
        if (options.DryRun)
        {
            return result with { Duration = source.Time.GetUtcNow() - started };
        }

        long done = 0;
        void Advance(long bytes, string current) =>
            progress?.Report(new CopyProgress(Interlocked.Add(ref done, bytes), planner.PackBytes + logBytes, current));

        // Logs first: a backup that exists can then be recovered.
        var logs = await logCopy.RunAsync(missing, chosen.Count - missing.Count, Advance, cancellationToken).ConfigureAwait(false);
        var backups = new List<CopiedBackup>();
        var readBytes = logCopy.ReadBytes;
        foreach (var group in groups)
        {
            readBytes += await CopyAsync(group, options, backups, Advance, cancellationToken).ConfigureAwait(false);
        }

        return result with
        {
            Backups = backups,
            Logs = logs,
            ReadBytes = readBytes,
            StoredBytes = logs.StoredBytes + backups.Where(b => b.Outcome == CopyOutcome.Copied).Sum(b => b.StoredBytes),
            Duration = source.Time.GetUtcNow() - started,
        };
    }

    /// <summary>Copies the backups of one source. What keeps it from being copied keeps no other source.</summary>
    private async Task<long> CopyAsync(CopyGroup group, CopyOptions options, List<CopiedBackup> results, Action<long, string> advance, CancellationToken cancellationToken)
    {
        var states = group.Backups.ToDictionary(b => b.State.BackupId, b => b.State, StringComparer.Ordinal);
        var readBytes = 0L;
        try
        {
            if (group.ToCopy.Any())
            {
                var leases = await CopyLeases.AcquireAsync(options.FromDeposit ? null : source, target, group, _notes.Add, cancellationToken).ConfigureAwait(false);
                await using (leases.ConfigureAwait(false))
                {
                    readBytes = await CopyAsync(group, options, leases, states, advance, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (DrException e) when (e.Error is DrError.LeaseHeld or DrError.LeaseLost or DrError.IntegrityFailure or DrError.ObjectMissing or DrError.ObjectExists or DrError.ObjectLocked)
        {
            foreach (var state in states.Values.Where(s => s.Outcome == CopyOutcome.ToCopy).ToList())
            {
                states[state.BackupId] = state with { Outcome = CopyOutcome.Refused, CopiedPacks = 0, StoredBytes = 0, Problem = e.Message, Error = e };
            }
        }

        results.AddRange(group.Backups.Select(b => states[b.State.BackupId]));
        return readBytes;
    }

    private async Task<long> CopyAsync(CopyGroup group, CopyOptions options, CopyLeases leases, Dictionary<string, CopiedBackup> states, Action<long, string> advance, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, leases.Target.Lost);
        var copy = new SourceCopy(source, target, group, options, leases.Target, advance, _notes.Add);
        try
        {
            var started = target.Time.GetUtcNow();
            await foreach (var state in copy.RunAsync(stop.Token).ConfigureAwait(false))
            {
                states[state.BackupId] = state;
                if (state.Outcome is CopyOutcome.Copied or CopyOutcome.Refused
                    && await target.Journal.TryAppendAsync(Record(state, started) with { Unusual = options.FromDeposit ? state.Backup?.Unusual : null }).ConfigureAwait(false) is { } note)
                {
                    _notes.Add(note);
                }

                started = target.Time.GetUtcNow();
            }
        }
        catch (Exception e)
        {
            await leases.AbandonAsync().ConfigureAwait(false);
            if (leases.Target.Lost.IsCancellationRequested && e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new DrException(
                    DrError.LeaseLost,
                    $"Another process took over the copying of {group.Source} into {target.Location} because this one had not renewed its lease in time.",
                    "Let the other one finish; what is stored already is reused.",
                    e);
            }

            throw;
        }

        return copy.ReadBytes;
    }

    private RunRecord Record(CopiedBackup state, DateTimeOffset started) => new()
    {
        Operation = "copy",
        Outcome = state.Outcome == CopyOutcome.Refused ? RunOutcome.Failed : RunOutcome.Succeeded,
        Started = started,
        Finished = target.Time.GetUtcNow(),
        BackupId = state.BackupId,
        Source = state.Source,
        Mode = state.Type.ToString(),
        Entries = state.Backup is { } b ? b.Files + b.Directories + b.Others : 0,
        Bytes = state.Backup?.SourceBytes ?? 0,
        StoredBytes = state.Outcome == CopyOutcome.Copied ? state.StoredBytes : 0,
        IssueCount = state.Findings.Count,
        ErrorId = state.Error?.Error.ToString(),
        Error = state.Problem,
        Detail = $"from {source.Location} (repository {source.Id}); {Figures.Count(state.ReadBackPacks, "pack")} read back, {Figures.Count(state.ListedPacks, "pack")} there before",
    };

    private async Task<IReadOnlyList<string>> RecordAsync(RunRecord run, CopyResult result)
    {
        var copied = result.Backups.Count(b => b.Outcome == CopyOutcome.Copied);
        var refused = result.Backups.Count(b => b.Outcome == CopyOutcome.Refused);
        var error = result.Errors.FirstOrDefault();
        var note = await source.Journal.TryAppendAsync(run with
        {
            Outcome = refused + result.Logs.Refused.Count == 0 ? RunOutcome.Succeeded : copied > 0 ? RunOutcome.Partial : RunOutcome.Failed,
            Finished = source.Time.GetUtcNow(),
            Entries = copied,
            Bytes = result.ReadBytes,
            StoredBytes = result.ReadBytes,
            Traffic = result.SourceTraffic,
            IssueCount = refused + result.Logs.Refused.Count,
            ErrorId = error?.Error.ToString(),
            Error = error?.Message,
            Detail = $"{run.Detail}; {Figures.Count(copied, "backup")} and {Figures.Count(result.Logs.Copied, "log")} copied, {Figures.Count(refused, "backup")} refused",
        }).ConfigureAwait(false);
        return note is null ? [] : [note];
    }
}
