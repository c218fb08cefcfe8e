using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed partial class WalScannerTests
{
    [Theory]
    [InlineData("wal_compression = off")]
    [InlineData("wal_compression = pglz")]
    [InlineData("wal_compression = lz4")]
    public async Task What_ends_transactions_is_found_as_pg_waldump_finds_it(string compression)
    {
        // Segments of 1 MiB, so that many records run on from one into the next.
        await using var cluster = await TestCluster.StartNewAsync(
            TestServer.V15, initdb: ["--wal-segsize=1"], settings: [compression, "max_prepared_transactions = 5", "wal_keep_size = 200MB", "max_wal_size = 200MB", "autovacuum = off"]);
        await WriteAsync(cluster);
        var log = Path.Combine(cluster.DataDirectory, "pg_wal");

        // The one that is written to is not whole, and behind it there may be some made beforehand.
        var current = await cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_insert_lsn())");
        var segments = Directory.EnumerateFiles(log).Select(Path.GetFileName)
            .Where(n => n!.Length == 24 && string.CompareOrdinal(n, current) < 0).Order(StringComparer.Ordinal).ToList();
        Assert.True(segments.Count > 3, $"{segments.Count} segments");
        var dump = TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_waldump"), "-p", log, segments[0]!, segments[^1]!)
            .Split('\n').Where(l => DumpForm().IsMatch(l)).Select(l => DumpForm().Match(l))
            .Where(m => m.Groups["what"].Value is "COMMIT" or "ABORT" or "COMMIT_PREPARED" or "ABORT_PREPARED" or "RESTORE_POINT")
            .ToDictionary(m => Lsn.Parse(m.Groups["lsn"].Value), m => m);
        var found = new Dictionary<Lsn, (uint Transaction, DateTimeOffset Time, string? Name)>();
        foreach (var segment in segments)
        {
            foreach (var (position, record) in Scan(File.ReadAllBytes(Path.Combine(log, segment!)), 4000))
            {
                found.Add(position, record);
            }
        }

        Assert.Contains(found.Values, r => r.Name == "a point");
        Assert.Contains(dump.Values, m => m.Groups["what"].Value == "COMMIT_PREPARED");
        var missing = dump.Keys.Except(found.Keys).ToList();

        // Those that run on into the next segment are skipped.
        Assert.All(missing, lsn => Assert.True((lsn.Value % (1 << 20)) + Length(dump[lsn]) > 1 << 20, dump[lsn].Value));
        Assert.True(missing.Count < found.Count / 10);
        Assert.Empty(found.Keys.Except(dump.Keys));
        foreach (var (position, record) in found.Where(r => r.Value.Name is null))
        {
            Assert.Equal(uint.Parse(dump[position].Groups["xid"].Value, CultureInfo.InvariantCulture), record.Transaction);
            Assert.Contains(record.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff 'UTC'", CultureInfo.InvariantCulture), dump[position].Groups["rest"].Value, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Times_are_those_that_the_server_says(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["track_commit_timestamp = on"]);
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);
        await cluster.ExecuteAsync("create table t (i int)", "insert into t values (1)");
        var expected = await cluster.QueryAsync<DateTime>("select pg_xact_commit_timestamp(xmin) from t");
        var transaction = uint.Parse(await cluster.QueryAsync<string>("select xmin::text from t"), CultureInfo.InvariantCulture);
        var path = await cluster.QueryAsync<string>("select pg_walfile_name(pg_switch_wal())");
        var found = Scan(File.ReadAllBytes(Path.Combine(cluster.DataDirectory, "pg_wal", path)), 1 << 20);
        Assert.Equal(new DateTimeOffset(expected), found.Values.Single(r => r.Transaction == transaction).Time);
        Assert.All(found.Values, r => Assert.True(r.Time > before || r.Transaction < transaction));
    }

    [Fact]
    public async Task Damage_and_what_is_left_from_earlier_end_the_log()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        for (var i = 0; i < 50; i++)
        {
            await cluster.ExecuteAsync($"create table t{i} (i int)");
        }

        var path = await cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_insert_lsn())");
        var content = File.ReadAllBytes(Path.Combine(cluster.DataDirectory, "pg_wal", path));
        var all = Scan(content, 1 << 20);
        Assert.True(all.Count >= 50);
        var middle = all.Keys.Order().ElementAt(all.Count / 2);
        content[(int)(middle.Value % (16 << 20)) + 10] ^= 1;
        var some = Scan(content, 1 << 20);
        Assert.Equal(all.Keys.Where(l => l < middle).Order(), some.Keys.Order());
        Assert.Empty(Scan(new byte[1 << 20], 8192));
        Assert.Empty(Scan(content[100..], 8192));
    }

    private static Dictionary<Lsn, (uint Transaction, DateTimeOffset Time, string? Name)> Scan(byte[] content, int piece)
    {
        var found = new Dictionary<Lsn, (uint, DateTimeOffset, string?)>();
        var scanner = new WalScanner((in WalRecord record) =>
        {
            if (record.Time is { } time)
            {
                found.Add(record.Position, (record.Transaction, time, record.Name));
            }
        });
        for (var offset = 0; offset < content.Length; offset += piece)
        {
            scanner.Take(content.AsSpan(offset, Math.Min(piece, content.Length - offset)));
        }

        return found;
    }

    private static async Task WriteAsync(TestCluster cluster)
    {
        await using var connection = await cluster.ConnectAsync();
        async Task Run(string statement)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }

        await Run("create table t (i int primary key, filler text)");
        for (var i = 0; i < 300; i++)
        {
            await Run($"insert into t select {i} * 100 + g, repeat('x', 50 + {i % 40}) from generate_series(1, 20) g");
            switch (i % 50)
            {
                case 10:
                    await Run("checkpoint");
                    break;
                case 20:
                    await Run($"begin; delete from t where i < 5; prepare transaction 'p{i}'");
                    await Run($"{(i == 20 ? "commit" : "rollback")} prepared 'p{i}'");
                    break;
                case 30:
                    await Run("begin; savepoint a; update t set filler = 'y' where i % 100 = 3; savepoint b; delete from t where i % 100 = 4; rollback");
                    break;
                case 40:
                    await Run("begin; create table many as select 1; drop table many; savepoint a; insert into t values (-1, repeat('z', 100000)); commit; delete from t where i = -1");
                    break;
                case 45:
                    await Run("select pg_logical_emit_message(false, 'test', repeat('m', 300000))");
                    break;
            }
        }

        await Run("select pg_create_restore_point('a point')");
        await Run("select pg_switch_wal()");
        await Run("insert into t values (-2, 'behind')");
    }

    private static ulong Length(Match record) => (ulong)int.Parse(record.Groups["length"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^rmgr: (?:Transaction|XLOG)\s+len \(rec/tot\):\s*[0-9]+/\s*(?<length>[0-9]+), tx:\s*(?<xid>[0-9]+), lsn: (?<lsn>[0-9A-F/]+), prev [0-9A-F/]+, desc: (?<what>[A-Z_]+)(?<rest>.*)$", RegexOptions.ExplicitCapture)]
    private static partial Regex DumpForm();
}
