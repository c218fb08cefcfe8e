using System.Globalization;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Physical;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>An ordinary connection beside the stream, for what the replication protocol does not tell.</summary>
internal sealed class ServerQueries(ServerAddress address, string? password, NpgsqlConnection connection, ServerState state) : IAsyncDisposable
{
    private readonly Lock _asking = new();
    private NpgsqlConnection _connection = connection;
    private ulong _written;
    private bool _mayReadPages = true;

    /// <summary>Runs a query of one value.</summary>
    /// <exception cref="NpgsqlException">The server failed.</exception>
    public T Ask<T>(string query)
    {
        lock (_asking)
        {
            return Retry(() =>
            {
                using var command = new NpgsqlCommand(query, _connection);
                return (T)command.ExecuteScalar()!;
            });
        }
    }

    /// <summary>Runs a query of several rows.</summary>
    /// <exception cref="NpgsqlException">The server failed.</exception>
    public void AskRows(string query, Action<NpgsqlDataReader> take)
    {
        lock (_asking)
        {
            using var command = new NpgsqlCommand(query, _connection);
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                take(rows);
            }
        }
    }

    /// <summary>The server's clock.</summary>
    public DateTimeOffset Clock() => new(Ask<DateTime>("select clock_timestamp()").ToUniversalTime());

    /// <summary>Whether an LSN is one that the server can have given by now. Asks the server only when it has to.</summary>
    /// <exception cref="DrException">The server went away.</exception>
    public bool HasWritten(ulong lsn)
    {
        if (lsn > Volatile.Read(ref _written))
        {
            try
            {
                _written = Math.Max(_written, (ulong)Ask<NpgsqlLogSequenceNumber>(
                    state.IsStandby
                        ? "select coalesce(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')"
                        : "select case when pg_is_in_recovery() then '0/0' else pg_current_wal_insert_lsn() end"));
            }
            catch (NpgsqlException e)
            {
                throw ServerErrors.Of(e, "did not tell how far its log is");
            }
        }

        return lsn <= _written;
    }

    /// <summary>Reads a page of a file once more, past the stream.</summary>
    /// <param name="path">The file's path, relative to the data directory.</param>
    /// <param name="offset">Where the page starts, bytes.</param>
    /// <returns>The page; shorter where the file ends; <see langword="null"/> where this user may not read files, or the
    /// file is gone.</returns>
    public byte[]? ReadPage(string path, long offset)
    {
        if (!_mayReadPages)
        {
            return null;
        }

        try
        {
            lock (_asking)
            {
                return Retry(() =>
                {
                    using var command = new NpgsqlCommand("select pg_read_binary_file($1, $2, $3, true)", _connection)
                    {
                        Parameters = { new() { Value = path }, new() { Value = offset }, new() { Value = (long)PageHeader.PageSize } },
                    };
                    return command.ExecuteScalar() as byte[];
                });
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            _mayReadPages = false;
            return null;
        }
        catch (NpgsqlException e)
        {
            throw ServerErrors.Of(e, string.Create(CultureInfo.InvariantCulture, $"did not read {path} at byte {offset} again"));
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>This connection is idle for as long as the stream takes; one that was dropped meanwhile is made anew, once.</summary>
    private T Retry<T>(Func<T> query)
    {
        try
        {
            return query();
        }
        catch (NpgsqlException e) when (e is not PostgresException || _connection.State != System.Data.ConnectionState.Open)
        {
            _connection.Dispose();
            _connection = ServerConnection.OpenAsync(address, password, null, CancellationToken.None).GetAwaiter().GetResult();
            return query();
        }
    }
}
