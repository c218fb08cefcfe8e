using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>A tablespace outside the data directory.</summary>
/// <param name="Oid">Its number.</param>
/// <param name="Location">The folder, as the server names it.</param>
/// <param name="EstimatedBytes">Its size, where the server was asked for an estimate; otherwise 0.</param>
internal sealed record BackupTablespace(uint Oid, string Location, long EstimatedBytes);

/// <summary>
/// The stream of BASE_BACKUP: the archives of tablespaces and, last, of the data directory, one member after the other,
/// each with its content. Memory is one message of the protocol, whatever the size.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-BASE-BACKUP">BASE_BACKUP</see>:
/// two results (start position, tablespaces), one CopyOut whose messages start with <c>n</c> (archive), <c>m</c>
/// (manifest), <c>d</c> (data) or <c>p</c> (progress), and a result with the end position.</remarks>
internal sealed class BaseBackupStream
{
    private const int MaximumHeaderContent = 1 << 20;

    private readonly ReplicationConnection _connection;
    private readonly byte[] _header = new byte[TarHeader.BlockLength];
    private ReadOnlyMemory<byte> _chunk;
    private long _remaining;
    private int _padding;
    private Part _part = Part.None;
    private Part? _next;

    private BaseBackupStream(ReplicationConnection connection, Lsn start, uint timeline, IReadOnlyList<BackupTablespace> tablespaces, long estimate) =>
        (_connection, StartLsn, Timeline, Tablespaces, EstimatedBytes) = (connection, start, timeline, tablespaces, estimate);

    private enum Part
    {
        None,
        Archive,
        Manifest,
        End,
    }

    /// <summary>Where recovery of the copy starts.</summary>
    public Lsn StartLsn { get; }

    /// <summary>The timeline of that.</summary>
    public uint Timeline { get; }

    /// <summary>Tablespaces outside the data directory.</summary>
    public IReadOnlyList<BackupTablespace> Tablespaces { get; }

    /// <summary>Size of everything, if asked for; otherwise 0.</summary>
    public long EstimatedBytes { get; }

    /// <summary>The tablespace of the current member; 0 for the data directory.</summary>
    public uint CurrentTablespace { get; private set; }

    /// <summary>Whether only changes come.</summary>
    public bool IsIncremental { get; private init; }

    /// <summary>Bytes of archives received.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>Where the copy is consistent; known when <see cref="ReadMember"/> has returned the end.</summary>
    public Lsn StopLsn { get; private set; }

    /// <summary>The timeline of that.</summary>
    public uint StopTimeline { get; private set; }

    /// <summary>Whether the content that is read now is the server's <c>backup_manifest</c>.</summary>
    public bool IsManifest => _part == Part.Manifest;

    /// <summary>Asks for a base backup, and waits for the checkpoint that it starts with.</summary>
    /// <exception cref="Npgsql.PostgresException">The server refused.</exception>
    public static BaseBackupStream Start(ReplicationConnection connection, BaseBackupOptions options)
    {
        connection.SendQuery(options.ToCommand());
        connection.Expect((byte)'T');
        var position = connection.ReadResult();
        connection.Expect((byte)'T');
        var spaces = connection.ReadResult();
        connection.Expect((byte)'H');
        var tablespaces = new List<BackupTablespace>();
        var total = 0L;
        foreach (var row in spaces.Rows)
        {
            var kilobytes = row[2] is { } size ? long.Parse(size, CultureInfo.InvariantCulture) : 0;
            total += kilobytes << 10;
            if (row[0] is { } oid)
            {
                tablespaces.Add(new BackupTablespace(uint.Parse(oid, CultureInfo.InvariantCulture), Encoding.UTF8.GetString(row[1] ?? []), kilobytes << 10));
            }
        }

        return new BaseBackupStream(
            connection, Lsn.Parse(position.Required("recptr")), ReplicationCommands.Number(position.Required("tli")), tablespaces, total)
        { IsIncremental = options.Incremental };
    }

    /// <summary>Goes on to the next member; what was not read of the last one is passed over. When the server sends a
    /// manifest, that is the last member, of unknown size.</summary>
    /// <returns><see langword="null"/> at the end, when <see cref="StopLsn"/> is known.</returns>
    public TarMember? ReadMember()
    {
        PassOver(_remaining + _padding);
        (_remaining, _padding) = (0, 0);
        Dictionary<string, string> longer = [];
        while (true)
        {
            if (_part != Part.Archive)
            {
                if (NextPart() == Part.End)
                {
                    return null;
                }

                if (_part == Part.Manifest)
                {
                    _remaining = long.MaxValue;
                    return new TarMember("backup_manifest", Trees.EntryKind.File, Sources.SourceSession.UnknownSize, 0x180, 0, 0, 0, null);
                }
            }

            ReadExactly(_header);
            if (TarHeader.IsEnd(_header))
            {
                EndArchive();
                continue;
            }

            TarHeader.Verify(_header);
            switch (TarHeader.Type(_header))
            {
                case 'L':
                    longer["path"] = TarHeader.Text(ReadHeaderContent());
                    break;
                case 'K':
                    longer["linkpath"] = TarHeader.Text(ReadHeaderContent());
                    break;
                case 'x':
                    TarHeader.ReadPax(ReadHeaderContent(), longer);
                    break;
                case 'g':
                    ReadHeaderContent();
                    break;
                default:
                    var member = TarHeader.Parse(_header, longer);
                    _remaining = member.Size;
                    _padding = TarHeader.Padding(member.Size);
                    return member;
            }
        }
    }

    /// <summary>Reads content of the current member.</summary>
    /// <returns>Bytes read; 0 at its end.</returns>
    public int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, _remaining);
        var done = 0;
        while (done < wanted)
        {
            if (_chunk.IsEmpty && !NextChunk())
            {
                if (_part == Part.Manifest)
                {
                    _remaining = 0;
                    return done;
                }

                throw EndsEarly();
            }

            var count = Math.Min(wanted - done, _chunk.Length);
            _chunk.Span[..count].CopyTo(buffer[done..]);
            _chunk = _chunk[count..];
            done += count;
        }

        _remaining -= _part == Part.Manifest ? 0 : done;
        return done;
    }

    private static InvalidDataException EndsEarly() => new("an archive of the base backup ends in the middle of a file");

    private byte[] ReadHeaderContent()
    {
        var size = TarHeader.Size(_header);
        if (size > MaximumHeaderContent)
        {
            throw new InvalidDataException("a header in the base backup's archive is too long");
        }

        var content = new byte[size];
        ReadExactly(content);
        PassOver(TarHeader.Padding(size));
        return content;
    }

    private void ReadExactly(Span<byte> buffer)
    {
        _remaining = buffer.Length;
        Read(buffer);
    }

    private void PassOver(long bytes)
    {
        while (bytes > 0)
        {
            if (_chunk.IsEmpty && !NextChunk())
            {
                if (_part == Part.Manifest)
                {
                    return;
                }

                throw EndsEarly();
            }

            var count = (int)Math.Min(bytes, _chunk.Length);
            _chunk = _chunk[count..];
            bytes -= count;
        }
    }

    /// <summary>Behind a block of zeros come only more of them.</summary>
    private void EndArchive()
    {
        do
        {
            if (_chunk.Span.ContainsAnyExcept((byte)0))
            {
                throw new InvalidDataException("an archive of the base backup goes on behind its end");
            }
        }
        while (NextChunk());
        _part = Part.None;
    }

    private Part NextPart()
    {
        while (_next is null)
        {
            if (NextChunk())
            {
                throw new InvalidDataException("the base backup has data outside its archives");
            }
        }

        _part = _next.Value;
        _next = null;
        if (_part == Part.End)
        {
            ReadEnd();
        }

        return _part;
    }

    /// <returns>Whether there is more of the current archive or manifest; otherwise what follows is known.</returns>
    private bool NextChunk()
    {
        _chunk = default;
        while (_next is null)
        {
            var kind = _connection.Read();
            if (kind == (byte)'c')
            {
                _next = Part.End;
                break;
            }

            if (kind != (byte)'d')
            {
                throw ReplicationConnection.Unexpected(kind);
            }

            var payload = _connection.PayloadMemory;
            switch (payload.Length > 0 ? (char)payload.Span[0] : '\0')
            {
                case 'd':
                    if (payload.Length > 1)
                    {
                        _chunk = payload[1..];
                        ReceivedBytes += _chunk.Length;
                        return true;
                    }

                    break;
                case 'n':
                    StartArchive(payload.Span[1..]);
                    break;
                case 'm':
                    _next = Part.Manifest;
                    break;
                case 'p':
                    break;
                default:
                    throw new InvalidDataException("the base backup holds a message that the protocol does not have");
            }
        }

        return false;
    }

    private void StartArchive(ReadOnlySpan<byte> payload)
    {
        // "base.tar" or "16402.tar", and the tablespace's location, which for the data directory is empty.
        var reader = new PayloadReader(payload);
        var name = reader.Text();
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        CurrentTablespace = dot > 0 && uint.TryParse(name.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var oid) ? oid : 0;
        _next = Part.Archive;
    }

    private void ReadEnd()
    {
        _connection.Expect((byte)'T');
        var position = _connection.ReadResult();
        StopLsn = Lsn.Parse(position.Required("recptr"));
        StopTimeline = ReplicationCommands.Number(position.Required("tli"));
        _connection.Expect((byte)'C');
        _connection.Expect((byte)'Z');
    }
}
