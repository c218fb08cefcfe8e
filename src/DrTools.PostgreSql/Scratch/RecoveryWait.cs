using System.Diagnostics;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Scratch;

/// <summary>Waits for a scratch server to come where it was sent.</summary>
internal sealed class RecoveryWait(
    ScratchInstance instance, ScratchServer server, ServerLog log, WalFeed? feed, ScratchOptions options, RecoveryTargetAction action, Stopwatch clock)
{
    private const int LinesShown = 12;

    private static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromMilliseconds(250);

    private readonly long _logStart = log.Length;
    private readonly Stopwatch _stalled = Stopwatch.StartNew();
    private (Lsn?, long, long, DateTimeOffset) _seen;
    private Lsn? _position;

    public enum Outcome
    {
        Reached,

        /// <summary>Queries need more connections, workers or locks than the server was given.</summary>
        NeedsMore,
    }

    public async Task<Outcome> RunAsync(IProgress<ScratchProgress>? progress, CancellationToken cancellationToken)
    {
        var look = ShortestLook;
        var lastReport = TimeSpan.Zero;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (server.Exit.IsCompleted)
            {
                var code = await server.Exit.ConfigureAwait(false);
                var text = log.ReadEnd(_logStart);
                return action == RecoveryTargetAction.Shutdown && ServerLog.StopReason(text) is not null && code is 0 or 3
                    ? Outcome.Reached
                    : throw Ended(code, text);
            }

            if (ReadStatus() == "ready" && await LookAsync(cancellationToken).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            // A server that lacks connections pauses too; only the log tells why.
            if (action == RecoveryTargetAction.Pause && log.ReadEnd(_logStart).Contains("insufficient parameter settings", StringComparison.Ordinal))
            {
                return Outcome.NeedsMore;
            }

            if (clock.Elapsed - lastReport > TimeSpan.FromMilliseconds(500))
            {
                lastReport = clock.Elapsed;
                CheckProgress();
                progress?.Report(new ScratchProgress(_position, feed?.LastRequest, feed?.Served ?? 0, clock.Elapsed));
            }

            await Task.Delay(look, cancellationToken).ConfigureAwait(false);
            look = look * 1.3 > LongestLook ? LongestLook : look * 1.3;
        }
    }

    public ScratchRecovery Describe()
    {
        var text = log.ReadEnd(_logStart);
        return new ScratchRecovery
        {
            Duration = clock.Elapsed,
            Position = ServerLog.LastPosition(text) is { } position && !(_position > position) ? position : _position,
            LastCommit = ServerLog.LastCommit(text),
            StopReason = ServerLog.StopReason(text),
            Files = feed?.Served ?? 0,
        };
    }

    /// <summary>The last line of <c>postmaster.pid</c>: starting, standby (recovering, answering nobody) or ready (answering).</summary>
    private string ReadStatus()
    {
        try
        {
            return File.ReadLines(Path.Combine(instance.DataDirectory, "postmaster.pid")).ElementAtOrDefault(7)?.Trim() ?? string.Empty;
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }

    private async Task<Outcome?> LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await instance.OpenAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(
                "select pg_last_wal_replay_lsn()::text, pg_is_in_recovery() and pg_is_wal_replay_paused(), not pg_is_in_recovery()", connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            _position = reader.IsDBNull(0) ? _position : Lsn.Parse(reader.GetString(0));
            if (reader.GetBoolean(2))
            {
                return Outcome.Reached;
            }

            // It also pauses where it has too few connections; only the target has a sentence of its own in the log.
            return reader.GetBoolean(1) && action == RecoveryTargetAction.Pause && ServerLog.StopReason(log.ReadEnd(_logStart)) is not null ? Outcome.Reached : null;
        }
        catch (DrException e) when (e.Error == DrError.ServerUnreachable)
        {
            // Between two states; the next look tells.
            return null;
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    private void CheckProgress()
    {
        var control = ControlFile.Read(instance.DataDirectory);
        _position = ServerLog.LastPosition(log.ReadEnd(_logStart)) is { } told && !(_position > told) ? told : _position;
        _position = control.MinimumRecoveryPoint.Value > 0 && !(_position > control.MinimumRecoveryPoint) ? control.MinimumRecoveryPoint : _position;
        var now = (_position, feed?.Served ?? 0, log.Length, control.Written);
        if (now != _seen)
        {
            _seen = now;
            _stalled.Restart();
        }

        if (_stalled.Elapsed > options.StallTimeout)
        {
            throw Failed($"made no progress for {Figures.Duration(options.StallTimeout)}", log.ReadEnd(_logStart), "Allow more time, or see what the log says.");
        }

        if (options.Timeout is { } limit && clock.Elapsed > limit)
        {
            throw Failed($"was not done after {Figures.Duration(limit)}", log.ReadEnd(_logStart), "Allow more time.");
        }
    }

    private DrException Ended(int code, string text)
    {
        if (feed?.Failure is { } failure)
        {
            return failure is DrException known
                ? new DrException(known.Error, $"The recovery ended for lack of log: {known.Message}", known.Remedy, known) { Subject = known.Subject }
                : new DrException(DrError.RecoveryFailed, $"The recovery ended for lack of log: {failure.Message}", "Check the repository and the work folder.", failure);
        }

        if (text.Contains("recovery ended before configured recovery target was reached", StringComparison.Ordinal))
        {
            var last = ServerLog.LastCommit(text);
            return new DrException(
                DrError.TargetUnreachable,
                $"The log ends before the recovery target: {(last is { } time ? $"the last transaction in it was committed at {Figures.Moment(time)}" : "no transaction in it was committed after the backup")}.",
                "Choose an earlier target, or 'latest' for all there is; see the recovery window for gaps.");
        }

        return Failed($"ended with code {code}", text, "See the lines of its log above; where they name a missing file of the log, see the recovery window for gaps.");
    }

    private static DrException Failed(string what, string text, string remedy)
    {
        var lines = ServerLog.LastLines(text, LinesShown);
        var why = ServerLog.Fatal(text) is { } fatal ? $": {fatal}" : ".";
        return new DrException(DrError.RecoveryFailed, $"The scratch server {what}{why}{(lines.Count > 0 ? $"{Environment.NewLine}{string.Join(Environment.NewLine, lines)}" : string.Empty)}", remedy);
    }
}
