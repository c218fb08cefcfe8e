using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Administration;

public sealed class RelativeDataDirectoryTests
{
    [Fact]
    public async Task A_server_that_pg_ctl_would_not_find_again_is_not_stopped()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        var options = Path.Combine(cluster.DataDirectory, "postmaster.opts");
        await File.WriteAllTextAsync(options, (await File.ReadAllTextAsync(options, TestContext.Current.CancellationToken)).Replace(cluster.DataDirectory, "data", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var error = Assert.Throws<DrException>(() => ControlProgramRestart.Prepare(cluster.DataDirectory, 15));

        Assert.Equal(DrError.ServerSetting, error.Error);
        Assert.Equal("The server was started with the relative path 'data' as its data directory, and pg_ctl would not find that again.", error.Message);
        Assert.Contains($"-D {cluster.DataDirectory}", error.Remedy, StringComparison.Ordinal);
    }
}
