using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>
/// Asks the server for TLS, and verifies its certificate as <c>sslmode</c> says: against the file of trusted certificates
/// (<c>sslrootcert</c>, otherwise <c>~/.postgresql/root.crt</c>), otherwise against what the system trusts.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL">SSL Session
/// Encryption</see>.</remarks>
internal sealed class TlsUpgrade(ServerAddress address, TlsMode mode)
{
    private const int SslRequest = 80877103;

    private string? _refusal;

    /// <summary>Negotiates.</summary>
    /// <returns>The encrypted stream, or <see langword="null"/> when the server does not offer TLS.</returns>
    /// <exception cref="AuthenticationException">The certificate is not what it should be, or there is no agreement.</exception>
    public SslStream? Negotiate(Stream plain)
    {
        Span<byte> request = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(request, 8);
        BinaryPrimitives.WriteInt32BigEndian(request[4..], SslRequest);
        plain.Write(request);
        plain.Flush();

        // Just this byte: what somebody slips in behind it would otherwise count as having come through TLS.
        switch (plain.ReadByte())
        {
            case 'S':
                break;
            case 'N':
                return null;
            case -1:
                throw new EndOfStreamException("the server closed the connection");
            default:
                throw new InvalidDataException("what answers there is not a PostgreSQL server");
        }

        var tls = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = address.Host,
                RemoteCertificateValidationCallback = Verify,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                ClientCertificates = ClientCertificates(),
            });
            return tls;
        }
        catch (AuthenticationException e) when (_refusal is not null)
        {
            tls.Dispose();
            throw new AuthenticationException(_refusal, e);
        }
        catch
        {
            tls.Dispose();
            throw;
        }
    }

    /// <summary>What a SCRAM exchange is bound to: the hash of the certificate by its own signature's hash function.</summary>
    /// <remarks>RFC 5929 section 4.1: MD5 and SHA-1 count as SHA-256.</remarks>
    public static byte[]? EndPointHash(SslStream tls)
    {
        if (tls.RemoteCertificate is not { } remote)
        {
            return null;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(remote.GetRawCertData());
        return certificate.SignatureAlgorithm.Value switch
        {
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2"
                => SHA256.HashData(certificate.RawDataMemory.Span),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
            _ => null,
        };
    }

    private string? RootFile()
    {
        if (address.SslRootCertificate is { } named)
        {
            return named == "system" ? null : named;
        }

        var usual = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".postgresql", "root.crt");
        return File.Exists(usual) ? usual : null;
    }

    private static X509CertificateCollection? ClientCertificates()
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".postgresql");
        var (certificate, key) = (Path.Combine(folder, "postgresql.crt"), Path.Combine(folder, "postgresql.key"));
        return File.Exists(certificate) && File.Exists(key) ? [X509Certificate2.CreateFromPemFile(certificate, key)] : null;
    }

    private bool Verify(object sender, X509Certificate? certificate, X509Chain? built, SslPolicyErrors errors)
    {
        var roots = RootFile();
        if (mode < TlsMode.Require || (mode == TlsMode.Require && roots is null))
        {
            return true;
        }

        if (certificate is not X509Certificate2 server)
        {
            _refusal = "the server showed no certificate";
            return false;
        }

        if (!IsTrusted(server, built, roots, errors, out var why))
        {
            _refusal = $"the server's certificate ({server.Subject}) is not trusted: {why}";
            return false;
        }

        if (mode == TlsMode.VerifyFull && !server.MatchesHostname(address.Host))
        {
            _refusal = $"the server's certificate ({server.Subject}) is not for the host {address.Host}";
            return false;
        }

        return true;
    }

    private static bool IsTrusted(X509Certificate2 server, X509Chain? built, string? roots, SslPolicyErrors errors, out string why)
    {
        why = "no authority that this system trusts has signed it";
        if (roots is null)
        {
            return (errors & (SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNotAvailable)) == 0;
        }

        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(roots);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            why = $"the trusted certificates in {roots} cannot be read: {e.Message}";
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        if (built is not null)
        {
            foreach (var element in built.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        if (chain.Build(server))
        {
            return true;
        }

        why = $"{string.Join(" ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()))} (trusted are the certificates in {roots})";
        return false;
    }
}
