using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary>A certificate authority and a server's certificate for 127.0.0.1 and localhost, made with openssl.</summary>
internal static class Certificates
{
    /// <summary>Turns TLS on in a cluster that is not running or will be reloaded.</summary>
    /// <returns>The file with the authority that signed the server's certificate.</returns>
    public static string Install(TestCluster cluster, string names = "IP:127.0.0.1,DNS:localhost")
    {
        var folder = cluster.Folder;
        var authority = Path.Combine(folder, "ca.crt");
        OpenSsl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", Path.Combine(folder, "ca.key"), "-out", authority, "-days", "2", "-subj", "/CN=DrTools test authority");
        OpenSsl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", Path.Combine(folder, "server.key"), "-out", Path.Combine(folder, "server.csr"), "-subj", "/CN=server", "-addext", $"subjectAltName={names}");
        OpenSsl("x509", "-req", "-in", Path.Combine(folder, "server.csr"), "-CA", authority, "-CAkey", Path.Combine(folder, "ca.key"), "-CAcreateserial", "-copy_extensions", "copy", "-days", "2", "-out", Path.Combine(folder, "server.crt"));
        cluster.Configure("ssl = on", $"ssl_cert_file = '{folder}/server.crt'", $"ssl_key_file = '{folder}/server.key'");
        return authority;
    }

    private static void OpenSsl(params string[] arguments) => TestServer.Run("openssl", arguments);
}
