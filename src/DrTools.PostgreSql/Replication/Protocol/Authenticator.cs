using System.Security.Cryptography;
using System.Text;
using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>Answers what the server asks for to know who connects: nothing, a password, its MD5 hash, or SCRAM-SHA-256.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP">Start-up</see>.</remarks>
internal sealed class Authenticator(ServerAddress address, string? password, Action<MessageBuilder> send, bool isEncrypted, byte[]? binding)
{
    /// <summary>Databases by which the password file may name replication connections: libpq's tools look up
    /// <c>replication</c>; the others are what ordinary connections of the same backup use.</summary>
    private readonly string[] _databases = ["replication", address.Database ?? "postgres"];
    private readonly MessageBuilder _message = new();
    private ScramClient? _scram;
    private bool _proven;

    /// <summary>How the server was content: <c>trust</c> (or a certificate, or the peer's name), <c>password</c>, <c>md5</c>, or the SCRAM mechanism.</summary>
    public string Method { get; private set; } = "trust";

    /// <summary>Answers one request.</summary>
    /// <returns>Whether the server is content.</returns>
    public bool Answer(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var kind = reader.Int32();
        switch (kind)
        {
            case 0:
                // A server that asked for SCRAM must end it by proving that it knows the password.
                return _scram is null || _proven ? true : throw Unproven();
            case 3:
                if (!isEncrypted && !address.IsLocal)
                {
                    throw new DrException(
                        DrError.ServerUnreachable,
                        $"The server at {address} wants the password in clear text over a connection without TLS; it was not sent.",
                        "Use sslmode=require or better, or have pg_hba.conf say scram-sha-256.")
                    { Subject = address.SourceName };
                }

                Method = "password";
                send(_message.Start((byte)'p').Text(Password()));
                return false;
            case 5:
                Method = "md5";
                send(_message.Start((byte)'p').Text(Md5(reader.Bytes(4))));
                return false;
            case 10:
                StartScram(ref reader);
                return false;
            case 11:
                send(_message.Start((byte)'p').Bytes(Encoding.UTF8.GetBytes(Scram().Answer(Encoding.UTF8.GetString(reader.Rest)))));
                return false;
            case 12:
                _proven = Scram().IsProven(Encoding.UTF8.GetString(reader.Rest)) ? true : throw Unproven();
                return false;
            default:
                throw new DrException(
                    DrError.ServerUnreachable,
                    $"The server at {address} wants {NameOf(kind)}, which replication connections of DrTools do not have.",
                    "Let pg_hba.conf ask this host for scram-sha-256 (or a certificate) for replication connections.")
                { Subject = address.SourceName };
        }
    }

    private static string NameOf(int kind) => kind switch
    {
        2 => "Kerberos V5",
        7 or 8 => "GSSAPI",
        9 => "SSPI",
        _ => $"an authentication method of number {kind}",
    };

    private ScramClient Scram() => _scram ?? throw new InvalidDataException("The server continues a SCRAM exchange that it never began.");

    private void StartScram(ref PayloadReader reader)
    {
        var offered = new List<string>();
        while (reader.Rest.Length > 0 && reader.Text() is { Length: > 0 } mechanism)
        {
            offered.Add(mechanism);
        }

        var bound = binding is not null && offered.Contains(ScramClient.Bound);
        if (!bound && !offered.Contains(ScramClient.Plain))
        {
            throw new DrException(
                DrError.ServerUnreachable,
                $"The server at {address} offers only {string.Join(", ", offered)} to authenticate, which replication connections of DrTools do not have.",
                "Let pg_hba.conf ask this host for scram-sha-256 for replication connections.")
            { Subject = address.SourceName };
        }

        _scram = new ScramClient(Password(), bound ? binding : null, couldBind: binding is not null);
        var first = Encoding.UTF8.GetBytes(_scram.FirstMessage);
        Method = bound ? ScramClient.Bound : ScramClient.Plain;
        send(_message.Start((byte)'p').Text(Method).Int32(first.Length).Bytes(first));
    }

    private string Password()
    {
        string? ignored = null;
        return password
            ?? address.ServicePassword
            ?? (Environment.GetEnvironmentVariable("PGPASSWORD") is { Length: > 0 } variable ? variable : null)
            ?? PasswordFile.Find(address, _databases, out ignored)
            ?? throw new DrException(
                DrError.ServerUnreachable,
                $"The server at {address} wants a password of {address.User}, and there is none.{(ignored is null ? string.Empty : " " + ignored)}",
                $"Put it into the password file ({PasswordFile.PathFor(address)}, mode 0600) or a service file, or pass a credential.")
            { Subject = address.SourceName };
    }

    private string Md5(ReadOnlySpan<byte> salt)
    {
        // The protocol prescribes MD5; the server decides whether it is asked for.
#pragma warning disable CA5351, CA1308
        var inner = Convert.ToHexString(MD5.HashData(Encoding.UTF8.GetBytes(Password() + address.User))).ToLowerInvariant();
        return "md5" + Convert.ToHexString(MD5.HashData([.. Encoding.ASCII.GetBytes(inner), .. salt])).ToLowerInvariant();
#pragma warning restore CA5351, CA1308
    }

    private DrException Unproven() => new(
        DrError.ServerUnreachable,
        $"What answers at {address} did not prove that it knows the password of {address.User}: it is not the server that it claims to be.",
        "Find out what listens there; use sslmode=verify-full.")
    { Subject = address.SourceName };
}
