using DrTools.Sources;
using DrTools.Sources.Sqlite;
using Xunit;

namespace DrTools.Tests.Sources.Sqlite;

public sealed class SqliteFailureTests : IDisposable
{
    private readonly SqliteFixture _db = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _db.Dispose();

    [Fact]
    public void A_name_is_canonical()
    {
        Assert.Equal($"sqlite:{Environment.CurrentDirectory}/shop.db", SqliteSource.Parse("sqlite:./shop.db").Name);
        Assert.Equal("sqlite:/a/c.db", SqliteSource.Parse("sqlite:/a/b/../c.db").Name);
    }

    [Theory]
    [InlineData("sqlite:")]
    [InlineData("sqlite:/folder/")]
    [InlineData("files:/x")]
    [InlineData("sqlite:a\0b")]
    public void A_name_that_is_none_is_refused(string name)
    {
        var error = Assert.Throws<DrException>(() => SqliteSource.Parse(name));
        Assert.Equal(DrError.SourceUnknown, error.Error);
        Assert.Equal("Write it as sqlite:/path/to/file.db.", error.Remedy);
    }

    [Fact]
    public async Task A_missing_database_is_not_created()
    {
        var error = await FailAsync();
        Assert.Equal(DrError.SourceMissing, error.Error);
        Assert.Equal($"There is no database {_db.Database}.", error.Message);
        Assert.Empty(Directory.GetFiles(_db.Data));
    }

    [Fact]
    public async Task A_folder_is_not_a_database()
    {
        Directory.CreateDirectory(_db.Database);
        var error = await FailAsync();
        Assert.Equal(DrError.SourceMissing, error.Error);
        Assert.Equal($"{_db.Database} is a folder, not a database.", error.Message);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task Other_files_and_encrypted_databases_are_told_apart_from_damage(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(_db.Database, content, Token);

        var error = await FailAsync();

        Assert.Equal(DrError.SourceFailure, error.Error);
        Assert.Equal($"{_db.Database} is not a SQLite database, or it is encrypted.", error.Message);
        Assert.StartsWith("Check the path.", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_little_space_is_found_before_anything_is_written()
    {
        _db.Create("CREATE TABLE t(x)");
        _db.Options = _db.Options with { FreeSpace = _ => 5000 };

        var error = await FailAsync();

        Assert.Equal(DrError.OutOfSpace, error.Error);
        Assert.Equal($"The copy of the database needs 8192 bytes in {_db.Work}, which has 5000 bytes free.", error.Message);
    }

    [Theory]
    [InlineData("page")]
    [InlineData("schema")]
    [InlineData("truncated")]
    public async Task A_damaged_database_is_copied_and_reported(string damage)
    {
        Fill("delete");
        await using (var file = new FileStream(_db.Database, FileMode.Open))
        {
            switch (damage)
            {
                case "page":
                    file.Position = 20 * 4096;
                    file.Write(new byte[4096]);
                    break;
                case "schema":
                    file.Position = 100;
                    file.Write(new byte[3996]);
                    break;
                default:
                    file.SetLength(file.Length / 2);
                    break;
            }
        }

        var (facts, content) = await _db.RoundTripAsync(Token);

        Assert.Contains(_db.Issues, issue => issue.IsLoss && issue.Path == "shop.db"
            && issue.Problem.StartsWith("The database is damaged: ", StringComparison.Ordinal));
        Assert.NotEqual("ok", facts.Details["integrity_check"]);
        var source = await File.ReadAllBytesAsync(_db.Database, Token);
        Assert.Equal(source[4096..], content[4096..source.Length]);
        var check = Assert.Single(await _db.CheckAsync(facts, Token), check => check.Name == "integrity_check");
        Assert.False(check.Passed);
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task What_a_crashed_writer_left_is_recovered_in_the_copy_only(string mode)
    {
        Crash(mode);
        var before = _db.LookAtData();
        Assert.Equal(2, before.Length);

        var (facts, _) = await _db.RoundTripAsync(Token);

        Assert.Equal(before, _db.LookAtData().Where(file => !file.StartsWith("shop.db-shm", StringComparison.Ordinal)));
        Assert.Empty(_db.Issues);
        Assert.Equal(mode == "wal" ? "online" : "files", facts.Details["copy_method"]);
        Assert.Equal([new("t", 2)], facts.Tables);
        Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
        Assert.Equal("before,committed", _db.AskRestored("SELECT group_concat(text) FROM t"));
    }

    [Fact]
    public async Task Files_that_change_while_they_are_copied_are_no_copy()
    {
        Crash("delete");
        _db.Options = _db.Options with
        {
            FreeSpace = _ =>
            {
                File.AppendAllText(_db.Database, "written to");
                return long.MaxValue;
            },
        };

        var error = await Assert.ThrowsAsync<DrException>(() => _db.OpenAsync(Token));

        Assert.Equal(DrError.SourceFailure, error.Error);
        Assert.Equal($"The database {_db.Database} cannot be read in place, and it is being written to.", error.Message);
        Assert.Empty(Directory.GetFiles(_db.Work));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task Cancellation_in_the_middle_leaves_no_files_behind(string mode)
    {
        Fill(mode);
        var before = _db.LookAtData();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        _db.Options = _db.Options with { StepBytes = 8192, Progress = new CancelAt(5, cancellation) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _db.OpenAsync(cancellation.Token));

        Assert.Empty(Directory.GetFiles(_db.Work));
        Assert.Equal(before, _db.LookAtData());
    }

    [Fact]
    public async Task A_restored_copy_that_differs_fails_the_check_that_sees_it()
    {
        Fill("delete");
        var (facts, _) = await _db.RoundTripAsync(Token);

        _db.AskRestored("DELETE FROM t WHERE id = 5");
        Assert.Equal(["rows of t"], await FailedAsync(facts));
        Assert.Contains(await _db.CheckAsync(facts, Token), check => check.Detail == "t: 2999 rows, but 3000 when it was backed up");

        _db.AskRestored("CREATE TABLE more(x)");
        Assert.Equal(["schema", "tables", "rows of t"], await FailedAsync(facts));

        _db.AskRestored("DROP TABLE t");
        Assert.Equal(["schema", "tables", "rows of t"], await FailedAsync(facts));

        await File.WriteAllTextAsync(Path.Combine(_db.Restored, "shop.db-wal"), "of another database", Token);
        Assert.Equal(["side files", "schema", "tables", "rows of t"], await FailedAsync(facts));

        await File.WriteAllTextAsync(Path.Combine(_db.Restored, "shop.db"), "nothing of the kind", Token);
        Assert.All((await _db.CheckAsync(facts, Token)).Where(check => check.Name is not "file"), check => Assert.False(check.Passed));

        File.Delete(Path.Combine(_db.Restored, "shop.db"));
        Assert.Equal(["file"], await FailedAsync(facts));
        Assert.Single(await _db.CheckAsync(facts, Token));
    }

    [Fact]
    public async Task Without_recorded_facts_nothing_is_proven()
    {
        Fill("delete");
        await _db.RoundTripAsync(Token);
        Assert.Equal(["foreign_key_check", "schema", "tables"], await FailedAsync(SourceFacts.None));
    }

    /// <summary>The files as they lie on the disk in the middle of a transaction.</summary>
    private void Crash(string mode)
    {
        using var crashed = new SqliteFixture();
        crashed.Create($"PRAGMA journal_mode={mode}", "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)", "INSERT INTO t(text) VALUES ('before')");
        using var writer = SqliteFixture.Connect(crashed.Database);
        SqliteFixture.Execute(writer, "PRAGMA cache_size=5");
        SqliteFixture.Execute(writer, "INSERT INTO t(text) VALUES ('committed')");
        SqliteFixture.Execute(writer, "BEGIN");
        SqliteFixture.Execute(writer, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
            + "INSERT INTO t(text) SELECT hex(randomblob(200)) FROM n");
        SqliteFixture.Execute(writer, "UPDATE t SET text = 'overwritten' WHERE id < 3");
        foreach (var file in Directory.GetFiles(crashed.Data).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(_db.Data, Path.GetFileName(file)));
        }
    }

    private void Fill(string mode)
        => _db.Create(
            $"PRAGMA journal_mode={mode}",
            "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)",
            "CREATE INDEX i ON t(text)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t(text) SELECT printf('%0100d', i) FROM n");

    private async Task<DrException> FailAsync()
    {
        var before = _db.LookAtData();
        var error = await Assert.ThrowsAsync<DrException>(() => _db.OpenAsync(Token));
        Assert.Empty(Directory.GetFiles(_db.Work));
        Assert.Equal(before, _db.LookAtData());
        return error;
    }

    private async Task<string[]> FailedAsync(SourceFacts facts)
        => [.. (await _db.CheckAsync(facts, Token)).Where(check => !check.Passed).Select(check => check.Name)];

    private sealed class CancelAt(int step, CancellationTokenSource cancellation) : IProgress<SqliteCopyProgress>
    {
        private int _steps;

        public void Report(SqliteCopyProgress value)
        {
            if (++_steps == step)
            {
                cancellation.Cancel();
            }
        }
    }
}
