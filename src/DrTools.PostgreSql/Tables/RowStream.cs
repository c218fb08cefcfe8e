using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>Moves rows as text with COPY: the one form that every version reads from every other.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/sql-copy.html">COPY</see>. The binary form holds the numbers of
/// types, which differ between databases.</remarks>
internal static class RowStream
{
    private const int BufferLength = 1 << 16;

    /// <summary>Writes what a COPY … TO STDOUT gives to a stream.</summary>
    /// <returns>Bytes.</returns>
    public static async Task<long> CopyOutAsync(NpgsqlConnection source, string statement, Stream output, Action<long>? progress, CancellationToken cancellationToken)
    {
        // The reader decodes nothing as long as its stream is read directly.
        using var reader = (StreamReader)await source.BeginTextExportAsync(statement, cancellationToken).ConfigureAwait(false);
        var buffer = new byte[BufferLength];
        long bytes = 0;
        while (await reader.BaseStream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            bytes += count;
            progress?.Invoke(bytes);
        }

        return bytes;
    }

    /// <summary>Moves rows from one server to another.</summary>
    /// <returns>Bytes.</returns>
    public static async Task<long> CopyAsync(NpgsqlConnection source, string from, NpgsqlConnection target, string to, Action<long>? progress, CancellationToken cancellationToken)
    {
        var writer = (StreamWriter)await target.BeginTextImportAsync(to, cancellationToken).ConfigureAwait(false);
        var complete = false;
        try
        {
            var bytes = await CopyOutAsync(source, from, writer.BaseStream, progress, cancellationToken).ConfigureAwait(false);
            complete = true;
            return bytes;
        }
        finally
        {
            if (complete)
            {
                await writer.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                // Ending it would make a part of the rows count as all.
                await ((NpgsqlRawCopyStream)writer.BaseStream).CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
