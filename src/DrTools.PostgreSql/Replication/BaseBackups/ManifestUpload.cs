using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.Protocol;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>
/// Tells the server what the parent backup has, as the manifest that its own tools would upload: the files, and the log
/// that the parent needs. The server sends files that are not in it as a whole, so only those are named whose pages can
/// be referred to. That makes no difference whether the parent came through a stream or from the data directory.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/backup-manifest-format.html">Backup Manifest Format</see>;
/// UPLOAD_MANIFEST in <see href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming Replication
/// Protocol</see>. The server uses names, identity and range; sizes and checksums of files play no part.</remarks>
internal sealed class ManifestUpload : IDisposable
{
    private const int ChunkLength = 64 << 10;

    private readonly ReplicationConnection _connection;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StringBuilder _text = new();
    private readonly MessageBuilder _message = new();
    private bool _hasFiles;

    private ManifestUpload(ReplicationConnection connection) => _connection = connection;

    /// <summary>Begins an upload.</summary>
    /// <exception cref="Npgsql.PostgresException">The server refused.</exception>
    public static ManifestUpload Start(ReplicationConnection connection, ulong systemIdentifier)
    {
        connection.SendQuery("UPLOAD_MANIFEST");
        connection.Expect((byte)'G');
        var upload = new ManifestUpload(connection);
        upload._text.Append(CultureInfo.InvariantCulture, $"{{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": {systemIdentifier},\n\"Files\": [");
        return upload;
    }

    /// <summary>Names a file.</summary>
    public void Add(string path, long size)
    {
        // Paths of relations need no escapes.
        _text.Append(CultureInfo.InvariantCulture, $"{(_hasFiles ? ",\n" : "\n")}{{ \"Path\": \"{path}\", \"Size\": {size}, \"Last-Modified\": \"2000-01-01 00:00:00 GMT\" }}");
        _hasFiles = true;
        if (_text.Length >= ChunkLength)
        {
            Send();
        }
    }

    /// <summary>Ends it with the log that the parent needs.</summary>
    /// <exception cref="Npgsql.PostgresException">The server refused; the connection can still be used.</exception>
    public void Complete(ParentFacts parent)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n],\n\"WAL-Ranges\": [\n{{ \"Timeline\": {parent.Timeline}, \"Start-LSN\": \"{parent.Start}\", \"End-LSN\": \"{parent.Stop}\" }}\n],\n");
        Send();
        var hash = _hash.GetHashAndReset();
#pragma warning disable CA1308 // The server compares lower-case digits.
        _text.Append(CultureInfo.InvariantCulture, $"\"Manifest-Checksum\": \"{Convert.ToHexString(hash).ToLowerInvariant()}\"}}\n");
#pragma warning restore CA1308
        Send();
        _connection.Send(_message.Start((byte)'c'));
        _connection.Expect((byte)'C');
        _connection.Expect((byte)'Z');
    }

    public void Dispose() => _hash.Dispose();

    private void Send()
    {
        var bytes = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        _hash.AppendData(bytes);
        _connection.Send(_message.Start((byte)'d').Bytes(bytes));
    }
}
