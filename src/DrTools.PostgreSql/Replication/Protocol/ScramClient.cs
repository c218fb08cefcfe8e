using System.Security.Cryptography;
using System.Text;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>
/// The client's side of SCRAM-SHA-256, with channel binding (<c>tls-server-end-point</c>) or without. The password
/// never leaves it, and the server has to prove that it knows it too.
/// </summary>
/// <remarks>RFC 5802, RFC 7677, RFC 5929 section 4; <see
/// href="https://www.postgresql.org/docs/current/sasl-authentication.html">SASL Authentication</see>.</remarks>
internal sealed class ScramClient
{
    public const string Plain = "SCRAM-SHA-256";
    public const string Bound = "SCRAM-SHA-256-PLUS";

    private const int MostIterations = 10_000_000;

    private readonly string _password;
    private readonly string _nonce;
    private readonly string _header;
    private readonly byte[] _binding;
    private readonly string _firstBare;
    private byte[]? _serverSignature;

    /// <param name="password">The password.</param>
    /// <param name="binding">Hash of the server's certificate to bind to, or <see langword="null"/>.</param>
    /// <param name="couldBind">Without a binding: whether this side could have bound, so that a server that offered it and
    /// was tampered with notices.</param>
    /// <param name="nonce">For tests; random otherwise.</param>
    public ScramClient(string password, byte[]? binding, bool couldBind, string? nonce = null)
    {
        _password = Prepare(password);
        _nonce = nonce ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        _header = binding is not null ? "p=tls-server-end-point,," : couldBind ? "y,," : "n,,";
        _binding = [.. Encoding.ASCII.GetBytes(_header), .. binding ?? []];

        // The server takes the user from the start-up packet and ignores this one.
        _firstBare = $"n=,r={_nonce}";
        FirstMessage = _header + _firstBare;
    }

    /// <summary>client-first-message.</summary>
    public string FirstMessage { get; }

    /// <summary>Answers server-first-message with client-final-message.</summary>
    /// <exception cref="InvalidDataException">The server does not follow the protocol.</exception>
    public string Answer(string serverFirst)
    {
        var fields = Fields(serverFirst);
        var nonce = fields.GetValueOrDefault('r');
        if (nonce is null || nonce.Length <= _nonce.Length || !nonce.StartsWith(_nonce, StringComparison.Ordinal)
            || !int.TryParse(fields.GetValueOrDefault('i'), out var iterations) || iterations is < 1 or > MostIterations
            || fields.GetValueOrDefault('s') is not { } salt)
        {
            throw new InvalidDataException("The server's first SCRAM message makes no sense.");
        }

        var salted = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(_password), FromBase64(salt), iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        var withoutProof = $"c={Convert.ToBase64String(_binding)},r={nonce}";
        var signed = Encoding.UTF8.GetBytes($"{_firstBare},{serverFirst},{withoutProof}");
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var i = 0; i < proof.Length; i++)
        {
            proof[i] ^= clientKey[i];
        }

        _serverSignature = HMACSHA256.HashData(serverKey, signed);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Whether server-final-message proves that the server knows the password.</summary>
    public bool IsProven(string serverFinal) =>
        _serverSignature is not null
        && Fields(serverFinal).GetValueOrDefault('v') is { } signature
        && CryptographicOperations.FixedTimeEquals(FromBase64(signature), _serverSignature);

    /// <summary>SASLprep, as far as it matters: compatibility normalisation. Like the server, what cannot be prepared is
    /// used as it is; and without the tables of ICU (<c>InvariantGlobalization</c>) characters that only this
    /// normalisation would change (ligatures, fractions, decomposed accents) stand as they were typed.</summary>
    private static string Prepare(string password)
    {
        try
        {
            return Ascii.IsValid(password) ? password : password.Normalize(NormalizationForm.FormKC);
        }
        catch (Exception e) when (e is ArgumentException or PlatformNotSupportedException)
        {
            return password;
        }
    }

    private static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException("The server's SCRAM message makes no sense.", e);
        }
    }

    private static Dictionary<char, string> Fields(string message)
    {
        var fields = new Dictionary<char, string>();
        foreach (var part in message.Split(','))
        {
            if (part.Length >= 2 && part[1] == '=')
            {
                fields[part[0]] = part[2..];
            }
        }

        return fields;
    }
}
