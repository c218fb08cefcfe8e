using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>
/// A physical replication connection (<c>replication=true</c>) of the frontend/backend protocol 3.0. It blocks; cancelling
/// the token that it was opened with closes the socket at once, wherever it is. One thread reads; writing is safe from
/// another.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol.html">Frontend/Backend Protocol</see> and <see
/// href="https://www.postgresql.org/docs/current/protocol-replication.html">Streaming Replication Protocol</see>.</remarks>
internal sealed class ReplicationConnection : IDisposable
{
    private const int ProtocolVersion = 3 << 16;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15);

    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private readonly MessageBuilder _query = new();
    private readonly Lock _writing = new();
    private Socket? _socket;
    private Stream? _stream;
    private MessageReader? _reader;
    private CancellationTokenRegistration _registration;
    private volatile bool _closed;
    private bool _idle;

    private ReplicationConnection(ServerAddress address, CancellationToken cancellationToken) =>
        (Address, _cancellationToken) = (address, cancellationToken);

    public ServerAddress Address { get; }

    /// <summary>Whether bytes travel through TLS.</summary>
    public bool IsEncrypted { get; private set; }

    /// <summary>How the server made sure who connects (<see cref="Authenticator.Method"/>).</summary>
    public string Authentication { get; private set; } = string.Empty;

    /// <summary>Takes notices and warnings; called by the reading thread.</summary>
    public Action<ServerMessage>? Notice { get; set; }

    /// <summary>Payload of the last message; good until the next is read.</summary>
    public ReadOnlySpan<byte> Payload => _reader!.Payload;

    /// <summary>The same as memory.</summary>
    public ReadOnlyMemory<byte> PayloadMemory => _reader!.PayloadMemory;

    /// <summary>Whether bytes of a further message have been received already.</summary>
    public bool HasMore => _reader!.HasMore;

    /// <summary>Version of the server as <c>server_version_num</c> writes it (150018), from what it said at the start.</summary>
    public int ServerVersion
    {
        get
        {
            // "15.18 (Debian …)", "17.10", "18beta1".
            var text = _parameters.GetValueOrDefault("server_version") ?? string.Empty;
            var digits = string.Concat(text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).Split('.');
            return int.TryParse(digits[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
                ? (major * 10000) + (digits.Length > 1 && int.TryParse(digits[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor) ? minor : 0)
                : 0;
        }
    }

    /// <summary>Connects and authenticates.</summary>
    /// <param name="address">The server.</param>
    /// <param name="password">A password from a credential; otherwise service file, PGPASSWORD and password file serve.</param>
    /// <param name="cancellationToken">Closes the connection, now and later.</param>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>, <see cref="DrError.PrivilegeMissing"/> or
    /// <see cref="DrError.ServerSetting"/>.</exception>
    public static Task<ReplicationConnection> OpenAsync(ServerAddress address, string? password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Task.Run(() => Open(address, password, cancellationToken), cancellationToken);
    }

    /// <summary>Runs a command that returns rows or nothing.</summary>
    /// <exception cref="PostgresException">The server refused; the connection can still be used.</exception>
    public IReadOnlyList<ResultSet> Query(string command)
    {
        SendQuery(command);
        var results = new List<ResultSet>();
        PostgresException? failure = null;
        while (true)
        {
            try
            {
                switch (Read())
                {
                    case (byte)'T':
                        results.Add(ReadResult());
                        break;
                    case (byte)'Z':
                        _idle = true;
                        return failure is null ? results : throw failure;
                    case (byte)'C' or (byte)'I':
                        break;
                    case var other:
                        throw Unexpected(other);
                }
            }
            catch (PostgresException e) when (failure is null && e.Severity == "ERROR")
            {
                failure = e;
            }
        }
    }

    /// <summary>Sends a command whose answer the caller reads with <see cref="Read"/>.</summary>
    public void SendQuery(string command)
    {
        _idle = false;
        Send(_query.Start((byte)'Q').Text(command));
    }

    /// <summary>Reads the next message that is an answer; notices and parameters are handled on the way.</summary>
    /// <returns>Its type; <see cref="Payload"/> is the rest.</returns>
    /// <exception cref="PostgresException">The server sent an error.</exception>
    public byte Read()
    {
        while (true)
        {
            byte kind;
            try
            {
                kind = _reader!.Read();
            }
            catch (Exception e) when (ReplicationErrors.IsFailure(e))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                throw;
            }

            switch (kind)
            {
                case (byte)'N':
                    Notice?.Invoke(ServerMessage.Parse(Payload));
                    break;
                case (byte)'S':
                    var reader = new PayloadReader(Payload);
                    var name = reader.Text();
                    _parameters[name] = reader.Text();
                    break;
                case (byte)'A':
                    break;
                case (byte)'E':
                    throw ServerMessage.Parse(Payload).ToException();
                default:
                    return kind;
            }
        }
    }

    /// <summary>Reads the rows behind a row description that was just read, up to and with the end of the command.</summary>
    public ResultSet ReadResult()
    {
        var description = new PayloadReader(Payload);
        var columns = new string[description.Int16()];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = description.Text();
            description.Bytes(18);
        }

        var rows = new List<byte[]?[]>();
        while (true)
        {
            var kind = Read();
            if (kind == (byte)'C')
            {
                return new ResultSet(columns, rows);
            }

            if (kind != (byte)'D')
            {
                throw Unexpected(kind);
            }

            var row = new PayloadReader(Payload);
            var values = new byte[]?[row.Int16()];
            for (var i = 0; i < values.Length; i++)
            {
                var length = row.Int32();
                values[i] = length < 0 ? null : row.Bytes(length).ToArray();
            }

            rows.Add(values);
        }
    }

    /// <summary>Reads a message of a certain type.</summary>
    public void Expect(byte kind)
    {
        var read = Read();
        if (read != kind)
        {
            throw Unexpected(read);
        }

        _idle = kind == (byte)'Z';
    }

    /// <summary>After an error: reads on until the server takes the next command.</summary>
    public void Resynchronize()
    {
        while (Read() != (byte)'Z')
        {
        }

        _idle = true;
    }

    /// <summary>Sends a finished message.</summary>
    public void Send(MessageBuilder message)
    {
        lock (_writing)
        {
            try
            {
                _stream!.Write(message.Finish());
                _stream.Flush();
            }
            catch (Exception e) when (ReplicationErrors.IsFailure(e))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
        }
    }

    /// <summary>Ends the connection at once, from any thread; whoever reads or writes gets an exception.</summary>
    public void Abort()
    {
        _closed = true;
        _socket?.Dispose();
    }

    public void Dispose()
    {
        _registration.Dispose();
        if (!_closed && _idle)
        {
            try
            {
                Send(_query.Start((byte)'X'));
            }
            catch (Exception e) when (ReplicationErrors.IsFailure(e) || e is OperationCanceledException)
            {
                // The connection ends either way.
            }
        }

        _closed = true;
        _stream?.Dispose();
        _socket?.Dispose();
    }

    internal static InvalidDataException Unexpected(byte kind) =>
        new($"the server sent a message of type '{(char)kind}' where the protocol has none");

    private static ReplicationConnection Open(ServerAddress address, string? password, CancellationToken cancellationToken)
    {
        var mode = TlsModes.Of(address);
        var attempts = TlsModes.Attempts(mode);
        for (var i = 0; ; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = new ReplicationConnection(address, cancellationToken);
            using var deadline = new Timer(_ => connection.Abort(), null, ConnectTimeout, Timeout.InfiniteTimeSpan);
            try
            {
                connection.Start(password, mode, attempts[i].Tls, attempts[i].Required);
                return connection;
            }
            catch (Exception e)
            {
                var timedOut = connection._closed;
                connection.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                if (i + 1 < attempts.Count && e is PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } or AuthenticationException)
                {
                    continue;
                }

                if (timedOut && ReplicationErrors.IsFailure(e))
                {
                    throw ReplicationErrors.Connecting(address, new TimeoutException($"no answer within {ConnectTimeout.TotalSeconds:0} s", e));
                }

                if (ReplicationErrors.IsFailure(e))
                {
                    throw ReplicationErrors.Connecting(address, e);
                }

                throw;
            }
        }
    }

    private void Start(string? password, TlsMode mode, bool withTls, bool tlsRequired)
    {
        _socket = ServerSocket.Connect(Address, s =>
        {
            _socket = s;
            _registration = _cancellationToken.Register(Abort);
            if (_closed)
            {
                s.Dispose();
            }
        });
        _stream = new NetworkStream(_socket, ownsSocket: true);
        byte[]? binding = null;
        if (withTls)
        {
            if (new TlsUpgrade(Address, mode).Negotiate(_stream) is { } tls)
            {
                _stream = tls;
                IsEncrypted = true;
                binding = TlsUpgrade.EndPointHash(tls);
            }
            else if (tlsRequired)
            {
                throw new AuthenticationException("the server does not offer TLS");
            }
        }

        _reader = new MessageReader(_stream);
        Send(_query.Start(null).Int32(ProtocolVersion)
            .Text("user").Text(Address.User)
            .Text("replication").Text("true")
            .Text("application_name").Text("drtools")
            .Text("client_encoding").Text("UTF8")
            .Byte(0));
        var authenticator = new Authenticator(Address, password, Send, IsEncrypted, binding);
        var authenticated = false;
        while (true)
        {
            switch (Read())
            {
                case (byte)'R':
                    authenticated = authenticator.Answer(Payload);
                    Authentication = authenticator.Method;
                    break;
                case (byte)'K' when authenticated:
                    break;
                case (byte)'Z' when authenticated:
                    _idle = true;
                    return;
                case var other:
                    throw Unexpected(other);
            }
        }
    }
}
