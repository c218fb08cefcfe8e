using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>libpq's <c>sslmode</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION">Protection Provided in
/// Different Modes</see>.</remarks>
internal enum TlsMode
{
    /// <summary>No TLS.</summary>
    Disable,

    /// <summary>TLS only where the server insists on it.</summary>
    Allow,

    /// <summary>TLS where the server offers it; the default.</summary>
    Prefer,

    /// <summary>TLS; the certificate is verified only where a file of trusted ones exists.</summary>
    Require,

    /// <summary>TLS with a certificate of a trusted authority.</summary>
    VerifyCA,

    /// <summary>TLS with a certificate of a trusted authority for this very host.</summary>
    VerifyFull,
}

/// <summary>Reads <see cref="TlsMode"/>s.</summary>
internal static class TlsModes
{
    public static TlsMode Of(ServerAddress address) => address switch
    {
        { IsSocket: true } => TlsMode.Disable,
        { SslMode: null } => TlsMode.Prefer,
        { SslMode: { } text } when Enum.TryParse<TlsMode>(text.Replace("-", string.Empty, StringComparison.Ordinal), ignoreCase: true, out var mode) => mode,
        _ => throw new DrException(
            DrError.SourceUnknown, $"'{address.SslMode}' is not an sslmode.", "Use disable, allow, prefer, require, verify-ca or verify-full."),
    };

    /// <summary>What is tried one after the other: whether with TLS, and whether it must be.</summary>
    public static IReadOnlyList<(bool Tls, bool Required)> Attempts(TlsMode mode) => mode switch
    {
        TlsMode.Disable => [(false, false)],
        TlsMode.Allow => [(false, false), (true, true)],
        TlsMode.Prefer => [(true, false), (false, false)],
        _ => [(true, true)],
    };
}
