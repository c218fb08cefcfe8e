using DrTools.PostgreSql.Probing;
using DrTools.PostgreSql.Tests.Logical;
using DrTools.PostgreSql.Tests.Tables;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Probing;

public sealed class RestorePointSearchTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task The_bad_write_is_found_among_many_down_to_its_transaction(int version)
    {
        await using var past = await PastCluster.StartAsync(version);
        await WriteAsync(past, 400);
        var bad = await IdOfAsync(past, "update sales.orders set note = null");
        await WriteAsync(past, 300);
        await past.ArchiveAsync();
        var result = await SearchAsync(past, "select count(note) > 0 from sales.orders");
        Assert.True(result.Found);
        Assert.Equal(bad, result.FirstBad!.Transaction);
        Assert.Equal(bad - 1, result.LastGood!.Transaction);
        Assert.True(result.LastGood.Time <= result.FirstBad.Time);
        Assert.Equal(result.LastGood.Position, result.Target.Lsn);
        Assert.Equal(701, result.Commits);
        Assert.InRange(result.Probes.Count, 4, 60);
        Assert.InRange(result.Restores, 1, 11);
        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Commits} commits: {result.Probes.Count} probes, {result.Restores} restores, {result.Duration.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task A_dropped_table_does_not_hold()
    {
        await using var past = await PastCluster.StartAsync(15);
        await WriteAsync(past, 5);
        await past.MistakeAsync("drop table stock.parts cascade");
        var result = await SearchAsync(past, "select count(*) = 50 from stock.parts");
        Assert.NotNull(result.FirstBad);
        Assert.True(result.LastGood!.Time <= past.Before && past.Before <= result.FirstBad.Time);
        Assert.Contains(result.Probes, p => !p.Held && p.Detail.Contains("\"stock.parts\" does not exist", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_transaction_that_holds_a_lock_for_long_does_not_hide_what_was_there()
    {
        await using var past = await PastCluster.StartAsync(15);
        await using var connection = await past.Cluster.ConnectAsync("shop");
        await using var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var drop = new NpgsqlCommand("drop table stock.parts cascade; select txid_current()", connection);
        var bad = (uint)(long)(await drop.ExecuteScalarAsync(Cancel))!;
        await WriteAsync(past, 3, "insert into sales.orders(customer) values (1)");
        await transaction.CommitAsync(Cancel);
        await past.ArchiveAsync();
        var result = await SearchAsync(past, "select count(*) = 50 from stock.parts");
        Assert.Equal(bad, result.FirstBad!.Transaction);
        Assert.Equal(bad + 3, result.LastGood!.Transaction);
    }

    [Fact]
    public async Task A_probe_that_holds_throughout_finds_nothing_and_one_that_never_held_is_told()
    {
        await using var past = await PastCluster.StartAsync(15);
        await WriteAsync(past, 20);
        await past.ArchiveAsync();
        var result = await SearchAsync(past, "select count(*) from sales.orders");
        Assert.False(result.Found);
        Assert.Equal(20, result.Commits);
        Assert.Equal(1, result.Restores);
        Assert.NotNull(result.LastGood);
        var error = await Assert.ThrowsAsync<DrException>(() => SearchAsync(past, "select count(*) from sales.orders where id = 9999"));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains("does not hold at the beginning of the search", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<DrException>(() => SearchAsync(past, "selct 1"));
        Assert.Contains("syntax error", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<DrException>(() => SearchAsync(past, "select 'yes'"));
        Assert.Contains("neither true or false nor a number", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_search_keeps_to_its_stretch()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("truncate sales.items, stock.parts", "insert into stock.parts values (1, 'one')");
        await WriteAsync(past, 5, "insert into sales.orders(customer) values (1)");
        await Task.Delay(5, Cancel);
        var from = new DateTimeOffset(await past.AskAsync<DateTime>("select clock_timestamp()"), TimeSpan.Zero);
        await WriteAsync(past, 5, "insert into sales.orders(customer) values (1)");
        var bad = await IdOfAsync(past, "truncate sales.items, stock.parts");
        await WriteAsync(past, 5, "insert into sales.orders(customer) values (1)");
        await past.ArchiveAsync();

        // At the beginning of the backup the probe holds as well, and fails soon: the stretch begins after that.
        const string probe = "select count(*) > 0 from stock.parts";
        var result = await SearchAsync(past, probe, from);
        Assert.Equal(bad, result.FirstBad!.Transaction);
        Assert.Equal(11, result.Commits);
        Assert.True(result.Probes[0].Point!.Time <= from);
        Assert.False((await SearchAsync(past, probe, from, result.LastGood!.Time)).Found);
        var error = await Assert.ThrowsAsync<DrException>(() => SearchAsync(past, probe, from, from));
        Assert.Contains("end before it begins", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commits_that_were_not_kept_are_read_again()
    {
        await using var past = await PastCluster.StartAsync(15);
        await WriteAsync(past, 100);
        await past.ArchiveAsync();
        var folder = Directory.CreateTempSubdirectory("drtools-test-commits-").FullName;
        try
        {
            var log = new CommitLog(past.Restore.Supply!, past.Start, folder);
            var all = await log.ReadAsync(past.Start.Position, null, null, null, 1000, Cancel);
            Assert.True(all.IsComplete);
            var few = await log.ReadAsync(past.Start.Position, null, null, null, 16, Cancel);
            Assert.Equal(all.Count, few.Count);
            Assert.False(few.IsComplete);
            Assert.InRange(few.Points.Count, 8, 17);
            Assert.Equal(all.Points[^1], few.Points[^1]);
            Assert.Equal(all.Points[0], few.Points[0]);
            Assert.Equal(few.Points, few.Points.OrderBy(p => p.Position.Value));
            var between = await log.ReadAsync(new(few.Points[2].Position.Value + 1), few.Points[3].Position, null, null, 1000, Cancel);
            Assert.Equal(all.Points.SkipWhile(p => p != few.Points[2]).Skip(1).TakeWhile(p => p != few.Points[3]).Append(few.Points[3]), between.Points);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 1)]
    [InlineData(600, 1)]
    [InlineData(1, 20)]
    public void A_costly_restore_makes_for_more_steps_between(double restore, double step)
    {
        var parts = RestorePointSearch.Parts(TimeSpan.FromSeconds(restore), TimeSpan.FromSeconds(step));
        Assert.InRange(parts, restore > 100 ? 32 : restore > step ? 6 : 2, restore > 100 ? 64 : restore > step ? 31 : 5);
    }

    private static async Task WriteAsync(PastCluster past, int commits, string statement = "insert into sales.items(order_id, part, price) values (1, 1, 1)")
    {
        await using var connection = await past.Cluster.ConnectAsync("shop");
        for (var i = 0; i < commits; i++)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    private static async Task<uint> IdOfAsync(PastCluster past, string statement)
    {
        await using var connection = await past.Cluster.ConnectAsync("shop");
        await using var command = new NpgsqlCommand($"{statement}; select txid_current()", connection);
        return (uint)(long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static Task<RestorePointResult> SearchAsync(PastCluster past, string probe, DateTimeOffset? from = null, DateTimeOffset? to = null) => RestorePointSearch.RunAsync(
        past.Restore, past.Start, new RestorePointOptions { Probe = probe, Database = "shop", From = from, To = to, LockWait = TimeSpan.FromMilliseconds(300) }, TimeProvider.System, null, Cancel);
}
