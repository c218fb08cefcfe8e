using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Replication;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Replication;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class AuthenticationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("scram-sha-256", "scram-sha-256", "SCRAM-SHA-256")]
    [InlineData("md5", "md5", "md5")]
    [InlineData("password", "scram-sha-256", "password")]
    public async Task Knows_how_servers_ask_for_passwords(string method, string stored, string used)
    {
        await using var cluster = await StartAsync(method, stored);
        using var connection = await ReplicationConnection.OpenAsync(Tcp(cluster), "geheim, ÄÖÜ €", Stop);
        Assert.Equal(used, connection.Authentication);
        Assert.False(connection.IsEncrypted);
        Assert.Equal(15, connection.ServerVersion / 10000);
        Assert.Equal(await cluster.QueryAsync<string>("select system_identifier::text from pg_control_system()"), connection.IdentifySystem().SystemIdentifier);
        var error = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(Tcp(cluster), "wrong", Stop));
        Assert.Equal(DrError.ServerUnreachable, error.Error);
        Assert.Contains("password authentication failed for user \"streamer\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("pgpass", error.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_passwords_in_the_password_file_unless_others_can_read_it()
    {
        await using var cluster = await StartAsync("scram-sha-256", "scram-sha-256");
        var file = Path.Combine(cluster.Folder, "pass file");
        await File.WriteAllLinesAsync(
            file,
            [
                "# comment", $"127.0.0.1:{cluster.Port + 1}:*:streamer:no", $"127.0.0.1:{cluster.Port}:shop:streamer:no",
                $"127.0.0.1:*:replication:stream\\er:geheim, ÄÖÜ €", "*:*:*:*:no",
            ],
            Stop);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var address = Tcp(cluster) with { PasswordFile = file };
        using (var connection = await ReplicationConnection.OpenAsync(address, null, Stop))
        {
            Assert.Equal("SCRAM-SHA-256", connection.Authentication);
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var error = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(address, null, Stop));
        Assert.Contains($"{file} was ignored because others than its owner may access it; run chmod 0600", error.Message, StringComparison.Ordinal);
        var none = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(Tcp(cluster) with { PasswordFile = "/nowhere" }, null, Stop));
        Assert.Contains("wants a password of streamer, and there is none", none.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere, mode 0600", none.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_is_used_and_verified_as_sslmode_says()
    {
        var authority = string.Empty;
        await using var cluster = await StartAsync("scram-sha-256", "scram-sha-256", c => authority = Certificates.Install(c));
        await using var stranger = await StartAsync("scram-sha-256", "scram-sha-256", c => Certificates.Install(c, "DNS:elsewhere.example"));
        var address = Tcp(cluster);
        foreach (var (mode, encrypted) in new[] { ("disable", false), ("allow", false), ("prefer", true), ("require", true), ("verify-ca", true), ("verify-full", true) })
        {
            using var connection = await ReplicationConnection.OpenAsync(
                address with { SslMode = mode, SslRootCertificate = mode.StartsWith("verify", StringComparison.Ordinal) ? authority : null }, "geheim, ÄÖÜ €", Stop);
            Assert.Equal(encrypted, connection.IsEncrypted);

            // The server advertises channel binding on TLS, and it is used.
            Assert.Equal(encrypted ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", connection.Authentication);
            Assert.NotEqual(0u, connection.IdentifySystem().Timeline);
        }

        // Signed by somebody else; and signed right, for another host.
        await RefusedAsync(Tcp(stranger) with { SslMode = "verify-ca", SslRootCertificate = authority }, "is not trusted");
        await RefusedAsync(Tcp(stranger) with { SslMode = "require", SslRootCertificate = authority }, "is not trusted");
        await RefusedAsync(
            Tcp(stranger) with { SslMode = "verify-full", SslRootCertificate = Path.Combine(stranger.Folder, "ca.crt") }, "is not for the host 127.0.0.1");
        await RefusedAsync(address with { SslMode = "verify-full" }, "no authority that this system trusts");
        await RefusedAsync(address with { SslMode = "verify-ca", SslRootCertificate = "/nowhere/root.crt" }, "/nowhere/root.crt cannot be read");
    }

    [Fact]
    public async Task Says_what_a_server_without_tls_or_permission_wants()
    {
        await using var cluster = await StartAsync("scram-sha-256", "scram-sha-256");
        await RefusedAsync(Tcp(cluster) with { SslMode = "require" }, "does not offer TLS");
        await cluster.ExecuteAsync("alter role streamer noreplication");
        var privilege = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(Tcp(cluster), "geheim, ÄÖÜ €", Stop));
        Assert.Equal(DrError.PrivilegeMissing, privilege.Error);
        Assert.Contains("ALTER ROLE \"streamer\" REPLICATION", privilege.Remedy, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(cluster.DataDirectory, "pg_hba.conf"), "local all all trust\n", Stop);
        await cluster.ExecuteAsync("select pg_reload_conf()");
        await Task.Delay(100, Stop);
        var refused = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(Tcp(cluster), "geheim, ÄÖÜ €", Stop));
        Assert.Equal(DrError.ServerUnreachable, refused.Error);
        Assert.Contains("hostssl replication streamer", refused.Remedy, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(ServerAddress.Parse("/nowhere:5999"), null, Stop));
        Assert.Contains("socket in /nowhere", missing.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_connection_that_waits()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReplicationConnection.OpenAsync(
            ServerAddress.Parse($"//127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}"), null, stop.Token));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    /// <summary>RFC 7677, section 3; the user name of the exchange is empty here, so the proof is another one.</summary>
    [Fact]
    public void Scram_refuses_a_server_that_does_not_know_the_password()
    {
        var scram = new ScramClient("pencil", null, couldBind: false, nonce: "rOprNGfwEbeRWgbNEkqO");
        Assert.Equal("n,,n=,r=rOprNGfwEbeRWgbNEkqO", scram.FirstMessage);
        var answer = scram.Answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        Assert.StartsWith("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=", answer, StringComparison.Ordinal);
        Assert.False(scram.IsProven("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
        Assert.Throws<InvalidDataException>(() => scram.Answer("r=somebodyelse,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
    }

    private static ServerAddress Tcp(TestCluster cluster) => ServerAddress.Parse($"//streamer@127.0.0.1:{cluster.Port}?passfile=/nowhere");

    private static async Task RefusedAsync(ServerAddress address, string part)
    {
        var error = await Assert.ThrowsAsync<DrException>(() => ReplicationConnection.OpenAsync(address, "geheim, ÄÖÜ €", Stop));
        Assert.Equal(DrError.ServerUnreachable, error.Error);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static async Task<TestCluster> StartAsync(string method, string stored, Action<TestCluster>? configure = null)
    {
        var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: [$"password_encryption = '{stored}'"]);
        await cluster.ExecuteAsync("create role streamer login replication password 'geheim, ÄÖÜ €'");
        configure?.Invoke(cluster);
        await File.WriteAllTextAsync(
            Path.Combine(cluster.DataDirectory, "pg_hba.conf"), $"local all all trust\nlocal replication all trust\nhost replication streamer 127.0.0.1/32 {method}\n", Stop);
        await cluster.ExecuteAsync("select pg_reload_conf()");
        await Task.Delay(200, Stop);
        return cluster;
    }
}
