using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>The server of a restored data directory, while it recovers.</summary>
internal sealed class RestoredServer(Repository repository, DatabaseRestorePlan plan, Account? account)
{
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);

    /// <summary>How long a service may take from its command to its server, on a busy host.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(1);

    /// <summary>Waits until the server has recovered and acted on its target.</summary>
    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/>, <see cref="DrError.TargetUnreachable"/>,
    /// <see cref="DrError.UnsafePath"/>.</exception>
    public async Task<DatabaseRestoreResult> WaitAsync(
        DatabaseRestoreResult result, IProgress<DatabaseRestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var options = plan.Options;
        var monitor = new RecoveryMonitor(options.DataDirectory, time: repository.Time) { End = plan.Target.Lsn };
        var started = repository.Time.GetUtcNow();
        var look = TimeSpan.FromMilliseconds(50);
        var (hasRun, isRaised) = (false, false);
        var run = new RunRecord { Operation = DatabaseRestore.RecoverOperation, Outcome = RunOutcome.Failed, Started = started, Finished = started, BackupId = plan.Backup.Id, Source = plan.Backup.Info.Source, Bytes = plan.WalBytes, Detail = $"{options.DataDirectory} to {plan.Target}" };
        try
        {
            while (true)
            {
                var now = await monitor.ReadAsync(cancellationToken).ConfigureAwait(false);
                var elapsed = repository.Time.GetUtcNow() - started;
                progress?.Report(new DatabaseRestoreProgress(DatabaseRestorePhase.Recovering, null, now));
                if (now.TooLow.Count > 0)
                {
                    result = result with { Notes = [.. result.Notes, await RaiseAsync(now, cancellationToken).ConfigureAwait(false)] };
                    (hasRun, isRaised) = (false, true);
                    continue;
                }

                hasRun |= now.State != RecoveryState.NotRunning;
                var isDone = now.State switch
                {
                    RecoveryState.Finished => true,
                    RecoveryState.Paused => options.Action == RecoveryTargetAction.Pause,

                    // What its control file says of a server that was stopped to be given more is not the end yet.
                    RecoveryState.NotRunning when (hasRun || !isRaised) && options.Action == RecoveryTargetAction.Shutdown && ControlFile.Read(options.DataDirectory).State == ClusterState.ShutDownInRecovery => true,
                    RecoveryState.NotRunning when hasRun || ServerStart.HasFailed(options.DataDirectory) || elapsed > StartPatience => throw ServerStart.Failed(options.DataDirectory, "ended before it had recovered"),
                    _ => false,
                };
                if (isDone)
                {
                    var note = await repository.Journal.TryAppendAsync(run with { Outcome = RunOutcome.Succeeded, Finished = repository.Time.GetUtcNow() }).ConfigureAwait(false);
                    return result with { Recovery = now, RecoveryDuration = elapsed, Notes = note is null ? result.Notes : [.. result.Notes, note] };
                }

                if (elapsed > options.WaitTimeout)
                {
                    throw new DrException(
                        DrError.RecoveryFailed,
                        $"The server on {options.DataDirectory} has not recovered after {Figures.Duration(elapsed)}; it is at {now.Position?.ToString() ?? "no known position"}.",
                        "It goes on: watch it (drtools progress, Get-DrRecoveryProgress).");
                }

                await Task.Delay(look, repository.Time, cancellationToken).ConfigureAwait(false);
                look = look * 1.5 > LongestLook ? LongestLook : look * 1.5;
            }
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = repository.Time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gives a server whose replay is paused what the original was given after the backup, and starts it again.</summary>
    /// <returns>What is worth knowing of it.</returns>
    private async Task<string> RaiseAsync(RecoveryProgress now, CancellationToken cancellationToken)
    {
        var (options, directory) = (plan.Options, plan.Options.DataDirectory);
        var settings = string.Join(", ", now.TooLow.Select(s => $"{s.Key} = {s.Value}"));
        if (options.StartCommand is not null)
        {
            throw new DrException(
                DrError.RecoveryFailed,
                $"The replay is paused at {now.Position}: the original was given more after the backup than the restored server has.",
                $"Set {settings} in its configuration and start the service again: it goes on from there.")
            { Subject = directory };
        }

        var programs = ServerPrograms.Find(plan.Backup.MajorVersion, options.ProgramFolder);
        await ServerStart.StopAsync(directory, programs, account, cancellationToken).ConfigureAwait(false);
        RecoverySettings.Append(directory, now.TooLow.Select(s => ConfigurationText.Line(s.Key, s.Value.ToString(CultureInfo.InvariantCulture))));
        account?.TakeOverEntry(Path.Combine(directory, RecoverySettings.SettingsFile));
        await ServerStart.RunAsync(directory, programs, account, cancellationToken).ConfigureAwait(false);
        return $"The original was given more after the backup, and so was the restored server: {settings} (in {RecoverySettings.SettingsFile}).";
    }
}
