using System.Runtime.Versioning;
using DrTools.Sources.Sqlite;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Sources.Sqlite;

public sealed class SqliteRoundTripTests : IDisposable
{
    private readonly SqliteFixture _db = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _db.Dispose();

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_copy_has_all_rows_and_passes_every_check(string mode)
    {
        _db.Create(
            $"PRAGMA journal_mode={mode}",
            "PRAGMA user_version=7",
            "PRAGMA application_id=42",
            "CREATE TABLE orders(id INTEGER PRIMARY KEY, text TEXT)",
            "CREATE INDEX by_text ON orders(text)",
            "CREATE TABLE customers(id INTEGER PRIMARY KEY)",
            Fill("orders", 20_000));
        var before = _db.LookAtData();

        var (facts, content) = await _db.RoundTripAsync(Token);

        Assert.Empty(_db.Issues);
        Assert.Equal(before, _db.LookAtData());
        Assert.Empty(Directory.GetFiles(_db.Work));
        Assert.Equal("SQLite 3.35.5", facts.Engine);
        Assert.Equal([new("customers", 0), new("orders", 20_000)], facts.Tables);
        Assert.Equal("ok", facts.Details["integrity_check"]);
        Assert.Equal("0", facts.Details["foreign_key_check"]);
        Assert.Equal(mode, facts.Details["journal_mode"]);
        Assert.Equal("4096", facts.Details["page_size"]);
        Assert.Equal((content.Length / 4096).ToString(System.Globalization.CultureInfo.InvariantCulture), facts.Details["page_count"]);
        Assert.Equal("7", facts.Details["user_version"]);
        Assert.Equal("42", facts.Details["application_id"]);
        Assert.Equal("UTF-8", facts.Details["encoding"]);
        Assert.Equal("online", facts.Details["copy_method"]);
        Assert.Equal(64, facts.Details["schema_sha256"].Length);

        var checks = await _db.CheckAsync(facts, Token);
        Assert.All(checks, check => Assert.True(check.Passed, $"{check.Name}: {check.Detail}"));
        Assert.Contains(checks, check => check.Detail == "orders: 20000 rows, as backed up");
        Assert.Equal([Path.Combine(_db.Restored, "shop.db")], Directory.GetFiles(_db.Restored));
        Assert.Equal(mode, _db.AskRestored("PRAGMA journal_mode"));
        Assert.Equal(20_000L, _db.AskRestored("SELECT count(*) FROM orders"));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task The_entry_bears_the_metadata_of_the_source()
    {
        _db.Create("CREATE TABLE t(x)");
        File.SetUnixFileMode(_db.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        var modified = new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc).AddTicks(1234567);
        File.SetLastWriteTimeUtc(_db.Database, modified);

        await using var session = await _db.OpenAsync(Token);
        var entry = Assert.Single(session.ReadEntries(Token));

        Assert.Equal("shop.db", entry.DisplayPath);
        Assert.Equal(EntryKind.File, entry.Kind);
        Assert.Equal(Convert.ToUInt32("640", 8), entry.Mode);
        Assert.Equal((modified - DateTime.UnixEpoch).Ticks * 100, entry.ModifiedNs);
        Assert.Equal(8192, entry.Size);
        Assert.All(Directory.GetFiles(_db.Work), file => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task Copies_of_an_unchanged_database_are_identical_and_a_small_change_is_a_few_pages(string mode)
    {
        _db.Create($"PRAGMA journal_mode={mode}", "CREATE TABLE orders(id INTEGER PRIMARY KEY, text TEXT)", Fill("orders", 50_000));
        using var open = SqliteFixture.Connect(_db.Database);
        var (_, first) = await _db.RoundTripAsync(Token);
        var (_, second) = await _db.RoundTripAsync(Token);
        Assert.Equal(first, second);

        SqliteFixture.Execute(open, "UPDATE orders SET text='changed' WHERE id IN (100, 30000)");
        var (_, third) = await _db.RoundTripAsync(Token);

        Assert.True(third.Length > 1000 * 4096);
        Assert.InRange(DifferingPages(first, third), 1, 6);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(65536)]
    public async Task Every_page_size_is_copied_in_blocks_of_pages(int pageSize)
    {
        _db.Create($"PRAGMA page_size={pageSize}", "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)", Fill("t", 5000));

        await using (var session = await _db.OpenAsync(Token))
        {
            using var content = session.Open(session.ReadEntries(Token).Single());
            Assert.Equal(pageSize, content.BlockSize);
        }

        var (facts, bytes) = await _db.RoundTripAsync(Token);
        Assert.Equal(new FileInfo(_db.Database).Length, bytes.Length);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
        Assert.Equal(5000L, _db.AskRestored("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(4096, 0, 4096)]
    [InlineData(4096, 1L << 30, 4096)]
    [InlineData(4096, (1L << 30) + 4096, 8192)]
    [InlineData(512, 1L << 30, 4096)]
    [InlineData(65536, 1L << 34, 65536)]
    [InlineData(4096, 1L << 40, 4 << 20)]
    public void Blocks_are_pages_until_there_are_too_many(int pageSize, long length, int expected)
        => Assert.Equal(expected, SqliteContent.ChooseBlockSize(pageSize, length));

    [Fact]
    public async Task Empty_databases_and_files_are_valid_databases()
    {
        await File.WriteAllBytesAsync(_db.Database, [], Token);
        var (zeroBytes, _) = await _db.RoundTripAsync(Token);
        Assert.All(await _db.CheckAsync(zeroBytes, Token), check => Assert.True(check.Passed, check.Detail));
        Assert.Equal(0, new FileInfo(_db.Database).Length);

        _db.Create("CREATE TABLE t(x)", "DROP TABLE t", "VACUUM");
        var (facts, _) = await _db.RoundTripAsync(Token);
        Assert.Empty(facts.Tables);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
        Assert.Empty(_db.Issues);
    }

    [Fact]
    public async Task Odd_names_and_special_tables_are_counted_or_left_out_as_they_should()
    {
        _db.Create(
            "CREATE TABLE \"quote\"\"d 'name'\"(x)",
            "CREATE TABLE \"with spaces; DROP TABLE t\"(x)",
            "CREATE TABLE \"日本語 😀\"(x)",
            "CREATE TABLE sqlitexlooks_internal(x)",
            "CREATE TABLE counter(id INTEGER PRIMARY KEY AUTOINCREMENT)",
            "CREATE TABLE keyed(a TEXT PRIMARY KEY, b) WITHOUT ROWID",
            "CREATE TABLE generated(a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c INT AS (a + 1))",
            "CREATE INDEX on_generated ON generated(c)",
            "CREATE VIRTUAL TABLE search USING fts5(body)",
            "CREATE VIRTUAL TABLE old USING fts4(body)",
            "CREATE VIRTUAL TABLE areas USING rtree(id, x0, x1, y0, y1)",
            "CREATE TABLE search_history(x)",
            "CREATE VIEW seen AS SELECT * FROM keyed",
            "CREATE TABLE parent(id INTEGER PRIMARY KEY)",
            "CREATE TABLE child(p REFERENCES parent(id))",
            "PRAGMA foreign_keys=OFF",
            "INSERT INTO child VALUES (99)",
            "INSERT INTO \"quote\"\"d 'name'\" VALUES (1), (2)",
            "INSERT INTO \"日本語 😀\" VALUES (1)",
            "INSERT INTO counter DEFAULT VALUES",
            "INSERT INTO keyed VALUES ('a', 1), ('b', 2), ('c', 3)",
            "INSERT INTO generated(a) VALUES (1)",
            "INSERT INTO search VALUES ('hello world')",
            "INSERT INTO old VALUES ('hello world')",
            "INSERT INTO areas VALUES (1, 0, 1, 0, 1)");

        var (facts, _) = await _db.RoundTripAsync(Token);

        Assert.Empty(_db.Issues);
        Assert.Equal(
            [
                new("child", 1), new("counter", 1), new("generated", 1), new("keyed", 3), new("parent", 0),
                new("quote\"d 'name'", 2), new("search_history", 0), new("sqlitexlooks_internal", 0),
                new("with spaces; DROP TABLE t", 0), new("日本語 😀", 1),
            ],
            facts.Tables);
        Assert.Equal("1", facts.Details["foreign_key_check"]);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
        Assert.Equal("hello world", _db.AskRestored("SELECT body FROM search WHERE search MATCH 'hello'"));
    }

    [Fact]
    public async Task A_database_behind_a_link_is_copied_with_its_WAL()
    {
        using var real = new SqliteFixture("real.db");
        real.Create("PRAGMA journal_mode=wal", "CREATE TABLE t(x)");
        using var writer = SqliteFixture.Connect(real.Database);
        SqliteFixture.Execute(writer, "INSERT INTO t VALUES (1)");
        File.CreateSymbolicLink(_db.Database, real.Database);

        await using var session = await _db.OpenAsync(Token);

        Assert.Equal("shop.db", session.ReadEntries(Token).Single().DisplayPath);
        Assert.Equal([new("t", 1)], session.Facts.Tables);
    }

    [Fact]
    public async Task A_foreign_key_that_is_declared_wrongly_is_the_same_in_the_copy()
    {
        _db.Create("PRAGMA foreign_keys=OFF", "CREATE TABLE parent(a)", "CREATE TABLE child(p REFERENCES parent(a))", "INSERT INTO child VALUES (1)");

        var (facts, _) = await _db.RoundTripAsync(Token);

        Assert.Contains("foreign key mismatch", facts.Details["foreign_key_check"], StringComparison.Ordinal);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
    }

    [Fact]
    public async Task A_collation_of_the_application_leaves_the_quick_check()
    {
        using (var connection = SqliteFixture.Connect(_db.Database))
        {
            connection.CreateCollation("mine", string.CompareOrdinal);
            connection.CreateCollation("my other", (left, right) => string.CompareOrdinal(right, left));
            SqliteFixture.Execute(connection, "CREATE TABLE t(x TEXT COLLATE mine, y TEXT COLLATE \"my other\", z)");
            SqliteFixture.Execute(connection, "CREATE INDEX i ON t(x)");
            SqliteFixture.Execute(connection, "CREATE INDEX j ON t(y)");
            SqliteFixture.Execute(connection, "CREATE TABLE keyed(x TEXT COLLATE \"my other\" PRIMARY KEY) WITHOUT ROWID");
            SqliteFixture.Execute(connection, "INSERT INTO t VALUES ('b', 'b', zeroblob(900)), ('a', 'a', zeroblob(900))");
            SqliteFixture.Execute(connection, "INSERT INTO keyed VALUES ('b'), ('a'), ('c')");
        }

        var (facts, _) = await _db.RoundTripAsync(Token);

        Assert.Empty(_db.Issues);
        Assert.Equal([new("keyed", 3), new("t", 2)], facts.Tables);
        Assert.Matches("^ok \\(quick_check only, for want of collation (mine, my other|my other, mine)\\)$", facts.Details["integrity_check"]);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
    }

    private static string Fill(string table, int rows)
        => $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
            + $"INSERT INTO {table}(text) SELECT printf('row %d of a table whose rows are long enough to fill pages %0100d', i, i) FROM n";

    private static int DifferingPages(byte[] left, byte[] right)
        => Enumerable.Range(0, Math.Max(left.Length, right.Length) / 4096)
            .Count(page => !left.AsSpan(page * 4096, 4096).SequenceEqual(right.AsSpan(page * 4096, 4096)));
}
