using System.Text;
using Npgsql;

namespace DrTools.PostgreSql.Administration;

/// <summary>What a server writes into its log from now on: through the server where it collects its log and the user may read
/// files there, otherwise from the file that its errors go to, where that is on this host and can be read.</summary>
internal sealed class ServerLogTail
{
    private const int LongestTail = 32 << 10;

    private readonly bool _isCollected;
    private readonly string? _path;
    private readonly long _start;

    private ServerLogTail(bool isCollected, string? path, long start) => (_isCollected, _path, _start) = (isCollected, path, start);

    /// <summary>Remembers where the log ends.</summary>
    public static async Task<ServerLogTail> OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var collected = new NpgsqlCommand("select pg_current_logfile('stderr'), (pg_stat_file(pg_current_logfile('stderr'))).size", connection);
            await using (collected.ConfigureAwait(false))
            {
                var row = await collected.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    if (await row.ReadAsync(cancellationToken).ConfigureAwait(false) && !await row.IsDBNullAsync(0, cancellationToken).ConfigureAwait(false))
                    {
                        return new ServerLogTail(true, row.GetString(0), row.GetInt64(1));
                    }
                }
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // The file itself may still be readable.
        }

        var path = await ErrorFileAsync(connection, cancellationToken).ConfigureAwait(false);
        return new ServerLogTail(false, path, path is null ? 0 : LengthOf(path));
    }

    /// <summary>What was written since.</summary>
    /// <returns>Nothing where the log cannot be read.</returns>
    public async Task<string> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_path is null)
        {
            return string.Empty;
        }

        if (!_isCollected)
        {
            try
            {
                using var file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var start = Math.Max(_start, RandomAccess.GetLength(file) - LongestTail);
                var buffer = new byte[LongestTail];
                return Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(file, buffer, start));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return string.Empty;
            }
        }

        var read = new NpgsqlCommand("select pg_read_binary_file($1, greatest($2, (pg_stat_file($1)).size - $3), $3)", connection)
        {
            Parameters = { new NpgsqlParameter { Value = _path }, new NpgsqlParameter { Value = _start }, new NpgsqlParameter { Value = (long)LongestTail } },
        };
        await using (read.ConfigureAwait(false))
        {
            return await read.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : string.Empty;
        }
    }

    /// <summary>The regular file that the server's errors go to. All of its processes have the same one.</summary>
    private static async Task<string?> ErrorFileAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var command = new NpgsqlCommand("select pg_backend_pid()", connection);
        await using (command.ConfigureAwait(false))
        {
            var process = (int)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
            try
            {
                // Of a server elsewhere the number may be that of another program here.
                return (await File.ReadAllTextAsync($"/proc/{process}/comm", cancellationToken).ConfigureAwait(false)).StartsWith("postgres", StringComparison.Ordinal)
                    && new FileInfo($"/proc/{process}/fd/2").ResolveLinkTarget(returnFinalTarget: false) is { } target && File.Exists(target.FullName)
                        ? target.FullName
                        : null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private static long LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
