using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace DrTools.PostgreSql.Administration;

/// <summary>
/// Sees that archiving fails without waiting for a segment that will not arrive. A command that ends with a code up to 125 is
/// counted in <c>pg_stat_archiver</c>; one that cannot be run (126, 127) or is killed ends the archiver itself, which is not
/// counted, and which the server starts again after some ten seconds.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL">Setting Up WAL
/// Archiving</see>.</remarks>
internal sealed partial class ArchiverWatch
{
    // The server tries a segment three times, a second apart, and then rests for a minute.
    private const int AttemptsInARow = 3;
    private const int SaidLines = 4;

    // The server starts its archiver again no sooner than ten seconds after the last time.
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan KnockInterval = TimeSpan.FromSeconds(2);

    private readonly NpgsqlConnection _connection;
    private readonly TimeProvider _time;
    private readonly Func<CancellationToken, Task> _knock;
    private readonly ServerLogTail _log;
    private readonly long _failuresBefore;
    private int? _archiver;
    private long _seen;
    private long _knocked;

    private ArchiverWatch(NpgsqlConnection connection, ServerLogTail log, long failures, int? archiver, Func<CancellationToken, Task> knock, TimeProvider time)
    {
        (_connection, _log, _failuresBefore, _archiver, _knock, _time) = (connection, log, failures, archiver, knock, time);
        (_seen, _knocked) = (time.GetTimestamp(), time.GetTimestamp());
    }

    /// <summary>How often the command failed since.</summary>
    public long Failures { get; private set; }

    /// <summary>How often the archiver ended.</summary>
    public int Ends { get; private set; }

    /// <summary>The code that the command could not be run with or was killed with, where the log tells.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>What the server's log says of it; empty where it says nothing or cannot be read.</summary>
    public string Said { get; private set; } = string.Empty;

    /// <summary>Begins to watch.</summary>
    /// <param name="connection">A connection to the server.</param>
    /// <param name="knock">Connects once more, and leaves: a server whose archiver has ended starts it again when it next has
    /// something to do, which on an idle one is after a minute.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ArchiverWatch> StartAsync(
        NpgsqlConnection connection, Func<CancellationToken, Task> knock, TimeProvider time, CancellationToken cancellationToken)
    {
        var log = await ServerLogTail.OpenAsync(connection, cancellationToken).ConfigureAwait(false);
        var (failures, archiver) = await LookAsync(connection, cancellationToken).ConfigureAwait(false);
        return new ArchiverWatch(connection, log, failures, archiver, knock, time);
    }

    /// <summary>Looks.</summary>
    /// <returns>Whether there is no hope.</returns>
    public async Task<bool> HasFailedAsync(CancellationToken cancellationToken)
    {
        var (failures, archiver) = await LookAsync(_connection, cancellationToken).ConfigureAwait(false);
        Failures = failures - _failuresBefore;
        if (_archiver is not null && archiver != _archiver)
        {
            Ends++;
        }

        // Whoever may not see other users' processes never sees it, and waits.
        _seen = archiver is not null || Ends == 0 ? _time.GetTimestamp() : _seen;
        _archiver = archiver;
        if (archiver is null && _time.GetElapsedTime(_knocked) > KnockInterval)
        {
            await _knock(cancellationToken).ConfigureAwait(false);
            _knocked = _time.GetTimestamp();
        }

        // One that is not there may have come and gone between two looks.
        if (Failures < AttemptsInARow && Ends == 0 && archiver is not null)
        {
            return false;
        }

        await ReadLogAsync(cancellationToken).ConfigureAwait(false);

        // It also ends, once, when archive_library was changed; then the log holds no complaint.
        return Failures >= AttemptsInARow || Ends > 1 || _time.GetElapsedTime(_seen) > LongestAbsence || ExitCode is not null;
    }

    /// <summary>Finds the last complaint, and what the command itself said before it.</summary>
    public async Task ReadLogAsync(CancellationToken cancellationToken)
    {
        var lines = (await _log.ReadAsync(_connection, cancellationToken).ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var complaint = Array.FindLastIndex(lines, l => Complaint().IsMatch(l));
        if (complaint < 0)
        {
            return;
        }

        var match = Complaint().Match(lines[complaint]);
        ExitCode = match.Groups["code"].Success ? int.Parse(match.Groups["code"].Value, CultureInfo.InvariantCulture)
            : match.Groups["signal"].Success ? 128 + int.Parse(match.Groups["signal"].Value, CultureInfo.InvariantCulture) : null;
        ExitCode = ExitCode <= 125 ? null : ExitCode;
        var said = lines.Take(complaint).Reverse().TakeWhile(l => !ServerLine().IsMatch(l)).Take(SaidLines).Reverse().Select(l => l.Trim()).ToList();
        Said = string.Join(' ', said.Count > 0 ? said : [match.Value]);
    }

    private static async Task<(long Failures, int? Archiver)> LookAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("select failed_count, (select pid from pg_stat_activity where backend_type = 'archiver' limit 1) from pg_stat_archiver", connection);
        await using (command.ConfigureAwait(false))
        {
            var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return (row.GetInt64(0), await row.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false) ? null : row.GetInt32(1));
            }
        }
    }

    [GeneratedRegex("archive command (failed with exit code (?<code>[0-9]+)|was terminated by signal (?<signal>[0-9]+).*)")]
    private static partial Regex Complaint();

    /// <summary>The server's own lines have a severity; what the command says has none.</summary>
    [GeneratedRegex(@"\b(LOG|FATAL|ERROR|WARNING|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|NOTICE|DEBUG[1-5]|INFO):  ")]
    private static partial Regex ServerLine();
}
