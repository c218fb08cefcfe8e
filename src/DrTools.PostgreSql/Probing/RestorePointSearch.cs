using DrTools.Backup;
using DrTools.PostgreSql.Moments;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.PostgreSql.Probing;

/// <summary>
/// Finds the last moment at which a probe held: the last good state before a bad write, down to one transaction.
/// </summary>
/// <remarks>
/// The commits are listed from the log. Of those in question some, evenly spread, are visited in order by one scratch
/// instance, which can only go forward; the first at which the probe fails ends the round, and the next one begins anew
/// between that one and the last good one. How many are visited in a round follows from what a new beginning costs, compared
/// with a step. In the end the probe has held at one commit, and failed at the very next.
/// </remarks>
public sealed class RestorePointSearch(Repository repository, TimeProvider? time = null)
{
    private const int MostParts = 64;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Searches.</summary>
    /// <param name="backup">A physical backup that was complete before the bad write.</param>
    /// <param name="options">The probe, and the stretch.</param>
    /// <param name="scratch">How scratch instances are run.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the probe cannot be run, or does not hold at the
    /// beginning; <see cref="DrError.RecoveryFailed"/> and what the repository says.</exception>
    public async Task<RestorePointResult> RunAsync(BackupInfo backup, RestorePointOptions options, ScratchOptions scratch, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backup);
        ArgumentNullException.ThrowIfNull(options);
        var started = _time.GetUtcNow();
        var run = new RunRecord
        {
            Operation = "probe",
            Outcome = RunOutcome.Failed,
            Started = started,
            Finished = started,
            BackupId = backup.Id,
            Source = backup.Source,
            Detail = options.Probe,
        };
        try
        {
            var result = await RunAsync(new RepositoryRestore(repository, backup, scratch), LogStart.Of(backup), options, _time, progress, cancellationToken).ConfigureAwait(false);
            await repository.Journal.TryAppendAsync(run with { Outcome = RunOutcome.Succeeded, Finished = _time.GetUtcNow(), Entries = result.Probes.Count }).ConfigureAwait(false);
            return result with { Backup = backup };
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = _time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Searches the log behind a backup.</summary>
    internal static async Task<RestorePointResult> RunAsync(ScratchRestore restore, LogStart start, RestorePointOptions options, TimeProvider time, IProgress<ProbeProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.From >= options.To)
        {
            throw new DrException(DrError.BadUsage, "The search would end before it begins.", "Name a beginning that is before the end.");
        }

        var began = time.GetTimestamp();
        progress?.Report(new ProbeProgress("read log", 0, null, null));
        using var work = WorkFolder.Create(null);
        var log = new CommitLog(
            restore.Supply ?? throw new DrException(DrError.LogMissing, "There is no log to search.", "Archive the log of the server into the repository."),
            start,
            work.Path);
        var commits = await log.ReadAsync(start.Position, null, options.From, options.To, CommitLog.MostCommits, cancellationToken).ConfigureAwait(false);
        var instance = new ProbeInstance(restore, options, time, cancellationToken);
        await using (instance.ConfigureAwait(false))
        {
            progress?.Report(new ProbeProgress("restore", commits.Count, commits.Before, null));
            var first = await instance.AskAsync(commits.Before).ConfigureAwait(false);
            if (!first.Held)
            {
                throw new DrException(
                    DrError.BadUsage,
                    $"The probe does not hold at the beginning of the search, {commits.Before?.ToString() ?? $"where the backup ends ({start.Position})"}: {first.Detail}.",
                    "Begin earlier, with an older backup if need be, or correct the probe.");
            }

            var (good, bad) = await NarrowAsync(instance, commits.Points, commits.Before, isEndBad: false, progress).ConfigureAwait(false);
            while (bad is not null && !commits.IsComplete)
            {
                // Of very many commits not each was kept: those between the two are read again, and narrowed down.
                commits = await log.ReadAsync(good is null ? start.Position : new(good.Position.Value + 1), bad.Position, null, null, CommitLog.MostCommits, cancellationToken).ConfigureAwait(false);
                (good, bad) = await NarrowAsync(instance, commits.Points, good, isEndBad: true, progress).ConfigureAwait(false);
            }

            return new RestorePointResult
            {
                LastGood = good,
                FirstBad = bad,
                Target = good is null ? RecoveryTarget.Immediate : RecoveryTarget.At(good.Position),
                Commits = commits.Count,
                Probes = instance.Probes,
                Restores = instance.Restores,
                Segments = log.Segments,
                Duration = time.GetElapsedTime(began),
            };
        }
    }

    /// <summary>Finds the boundary among some commits.</summary>
    /// <param name="instance">Asks.</param>
    /// <param name="points">The commits, in the order of the log.</param>
    /// <param name="good">The commit before them, which is good.</param>
    /// <param name="isEndBad">Whether the last one is known to be bad.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <returns>Two neighbours; the second is missing when the probe held at all of them.</returns>
    private static async Task<(CommitPoint? Good, CommitPoint? Bad)> NarrowAsync(ProbeInstance instance, IReadOnlyList<CommitPoint> points, CommitPoint? good, bool isEndBad, IProgress<ProbeProgress>? progress)
    {
        // Indexes: low is the last good one, -1 for the one before all; high is the first bad one, or past the end.
        var (low, high, known) = (-1, isEndBad ? points.Count - 1 : points.Count, isEndBad);
        CommitPoint? Good() => low < 0 ? good : points[low];
        while (high - low > 1)
        {
            var parts = Math.Min(Parts(instance.RestoreCost, instance.StepCost), high - low);
            var (from, to) = (low, high);
            var failed = false;
            for (var part = 1; part <= parts && !failed; part++)
            {
                var next = from + (int)((long)(to - from) * part / parts);
                if (next >= high)
                {
                    // The end itself: bad already, or past all of them.
                    if (known)
                    {
                        break;
                    }

                    next = high - 1;
                }

                if (next <= low)
                {
                    continue;
                }

                progress?.Report(new ProbeProgress("probe", high - low - 1, Good(), known ? points[high] : null));
                if ((await instance.AskAsync(points[next]).ConfigureAwait(false)).Held)
                {
                    low = next;
                }
                else
                {
                    (high, known, failed) = (next, true, true);
                }
            }
        }

        return (Good(), known ? points[high] : null);
    }

    /// <summary>Into how many parts a round divides what is left: with p parts a round costs one new beginning and on average
    /// half as many steps as there are parts, and leaves one p-th.</summary>
    internal static int Parts(TimeSpan restore, TimeSpan step) => Enumerable.Range(2, MostParts - 1)
        .MinBy(parts => (restore.TotalSeconds + (Math.Max(step.TotalSeconds, 0.001) * parts / 2)) / Math.Log(parts));
}
