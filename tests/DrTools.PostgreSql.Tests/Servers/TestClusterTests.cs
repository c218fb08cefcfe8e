namespace DrTools.PostgreSql.Tests.Servers;

public sealed class TestClusterTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Every_server_starts_answers_and_stops(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        Assert.StartsWith($"PostgreSQL {version}", await cluster.QueryAsync<string>("select version()"), StringComparison.Ordinal);
        Assert.Equal("on", await cluster.QueryAsync<string>("show data_checksums"));
        Assert.Contains("database system is shut down", await cluster.StopAsync(), StringComparison.Ordinal);
    }
}
