using DrTools.Moments;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Recovery;

public sealed class ClusterMomentsTests
{
    [Fact]
    public async Task The_newest_moment_follows_the_log_that_has_arrived()
    {
        PostgreSqlProvider.Register();
        await using var site = await RestoreSite.StartAsync(TestServer.V17);
        var token = TestContext.Current.CancellationToken;
        await site.Cluster.ExecuteAsync("create table orders (id int)");
        var backup = await site.BackUpAsync();
        Assert.True(new ClusterMoments().Knows(backup));
        var first = await RecoveryMoments.FindAsync(site.Repository.Repository, backup, token);
        Assert.NotNull(first);
        Assert.True(first.Moment >= backup.Started);

        // What is written counts only when its log has arrived.
        await site.Cluster.ExecuteAsync("insert into orders select generate_series(1, 1000)");
        var written = await site.Cluster.QueryAsync<DateTime>("select clock_timestamp()");
        Assert.Equal(first.Moment, (await RecoveryMoments.FindAsync(site.Repository.Repository, backup, token))!.Moment);
        await site.ArchiveAsync();
        var second = await RecoveryMoments.FindAsync(site.Repository.Repository, backup, token);
        Assert.InRange(second!.Moment, first.Moment, new DateTimeOffset(written).AddMinutes(5));
        Assert.True(second.Moment > first.Moment);
        Assert.True(second.LogBytes > first.LogBytes);
        Assert.NotNull(second.LogArrived);
    }
}
