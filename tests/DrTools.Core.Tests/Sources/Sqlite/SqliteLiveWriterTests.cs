using DrTools.Sources;
using DrTools.Sources.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace DrTools.Tests.Sources.Sqlite;

public sealed class SqliteLiveWriterTests : IDisposable
{
    private const long Total = 1_000_000;

    private readonly SqliteFixture _db = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _db.Dispose();

    [Fact]
    public async Task In_WAL_mode_every_copy_is_of_one_moment_and_never_starts_again()
    {
        CreateAccounts("wal");
        _db.Options = _db.Options with { StepBytes = 64 << 10 };
        var during = new Commits();
        await WithWriterAsync(during, async () =>
        {
            for (var i = 0; i < 8; i++)
            {
                var before = during.Count;
                var (facts, _) = await _db.RoundTripAsync(Token);
                AssertInvariant();
                Assert.Equal("ok", facts.Details["integrity_check"]);
                Assert.Equal("0", facts.Details["copy_restarts"]);
                Assert.True(during.Count > before, "The writer has had to wait for the whole copy.");
                Assert.All(await _db.CheckAsync(facts, Token), check => Assert.True(check.Passed, check.Detail));
            }
        });
        Assert.Empty(_db.Issues);
    }

    [Fact]
    public async Task With_a_rollback_journal_a_busy_writer_makes_the_copy_start_again_until_it_is_made_in_one_go()
    {
        CreateAccounts("delete");
        _db.Options = _db.Options with { StepBytes = 64 << 10, MaxRestarts = 2 };
        var during = new Commits();
        await WithWriterAsync(during, async () =>
        {
            for (var i = 0; i < 5; i++)
            {
                var (facts, _) = await _db.RoundTripAsync(Token);
                AssertInvariant();
                Assert.Equal("ok", facts.Details["integrity_check"]);
                Assert.Equal("3", facts.Details["copy_restarts"]);
            }
        });
        Assert.Equal(5, _db.Issues.Count);
        Assert.All(_db.Issues, issue =>
        {
            Assert.False(issue.IsLoss);
            Assert.Equal("shop.db", issue.Path);
            Assert.Contains("changed 3 times while it was copied", issue.Problem, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_writer_between_two_steps_is_let_in()
    {
        CreateAccounts("delete");
        var written = false;
        _db.Options = _db.Options with
        {
            StepBytes = 256 << 10,
            Progress = new Inline(progress =>
            {
                if (!written && progress.CopiedPages > 0)
                {
                    written = true;
                    using var writer = SqliteFixture.Connect(_db.Database, timeoutSeconds: 1);
                    SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('in between')");
                }
            }),
        };

        var (facts, _) = await _db.RoundTripAsync(Token);

        Assert.Equal("1", facts.Details["copy_restarts"]);
        Assert.Equal(1L, _db.AskRestored("SELECT count(*) FROM log WHERE text = 'in between'"));
        Assert.Empty(_db.Issues);
    }

    [Fact]
    public async Task In_WAL_mode_a_commit_during_the_copy_is_not_in_it()
    {
        CreateAccounts("wal");
        var written = false;
        _db.Options = _db.Options with
        {
            StepBytes = 256 << 10,
            Progress = new Inline(_ =>
            {
                if (!written)
                {
                    written = true;
                    using var writer = SqliteFixture.Connect(_db.Database, timeoutSeconds: 1);
                    SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('too late')");
                }
            }),
        };

        await _db.RoundTripAsync(Token);

        Assert.True(written);
        Assert.Equal(0L, _db.AskRestored("SELECT count(*) FROM log WHERE text = 'too late'"));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task What_is_only_in_the_WAL_or_cache_of_a_writer_is_treated_as_committed_or_not(string mode)
    {
        CreateAccounts(mode);
        using var writer = SqliteFixture.Connect(_db.Database);
        SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('committed')");
        SqliteFixture.Execute(writer, "BEGIN IMMEDIATE");
        SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('open')");
        var before = mode == "wal" ? _db.LookAtData().Where(file => !file.StartsWith("shop.db-shm", StringComparison.Ordinal)) : [];

        await _db.RoundTripAsync(Token);

        Assert.Equal(1L, _db.AskRestored("SELECT count(*) FROM log WHERE text = 'committed'"));
        Assert.Equal(0L, _db.AskRestored("SELECT count(*) FROM log WHERE text = 'open'"));
        if (mode == "wal")
        {
            // Neither checkpointed nor reset.
            Assert.Equal(before, _db.LookAtData().Where(file => !file.StartsWith("shop.db-shm", StringComparison.Ordinal)));
        }

        SqliteFixture.Execute(writer, "COMMIT");
    }

    [Fact]
    public async Task A_short_exclusive_lock_is_waited_for()
    {
        CreateAccounts("delete");
        using var writer = SqliteFixture.Connect(_db.Database);
        SqliteFixture.Execute(writer, "BEGIN EXCLUSIVE");
        SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('waited for')");
        var opening = _db.RoundTripAsync(Token);

        await Task.Delay(300, Token);
        Assert.False(opening.IsCompleted);
        SqliteFixture.Execute(writer, "COMMIT");
        await opening;

        Assert.Equal(1L, _db.AskRestored("SELECT count(*) FROM log WHERE text = 'waited for'"));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("wal")]
    public async Task A_long_exclusive_lock_is_an_error_that_says_what_to_do(string mode)
    {
        CreateAccounts(mode);
        using var writer = SqliteFixture.Connect(_db.Database);
        SqliteFixture.Execute(writer, "PRAGMA locking_mode=EXCLUSIVE");
        SqliteFixture.Execute(writer, "BEGIN EXCLUSIVE");
        SqliteFixture.Execute(writer, "INSERT INTO log(text) VALUES ('x')");
        _db.Options = _db.Options with { BusyTimeout = TimeSpan.FromSeconds(0.4) };

        var error = await Assert.ThrowsAsync<DrException>(() => _db.OpenAsync(Token));

        Assert.Equal(DrError.SourceFailure, error.Error);
        Assert.Matches(@"^The database .*/shop\.db stayed locked by another process for 0\.\d s\.$", error.Message);
        Assert.StartsWith("End the transaction that holds the lock", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(_db.Database, error.Subject);
        Assert.Empty(Directory.GetFiles(_db.Work));
    }

    private void CreateAccounts(string mode)
        => _db.Create(
            $"PRAGMA journal_mode={mode}",
            "CREATE TABLE a(id INTEGER PRIMARY KEY, amount INTEGER)",
            "CREATE TABLE b(id INTEGER PRIMARY KEY, amount INTEGER)",
            "CREATE TABLE log(id INTEGER PRIMARY KEY, text TEXT)",
            $"INSERT INTO a VALUES (1, {Total})",
            "INSERT INTO b VALUES (1, 0)",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            + "INSERT INTO log(text) SELECT hex(randomblob(500)) FROM n");

    private void AssertInvariant()
        => Assert.Equal(Total, _db.AskRestored("SELECT (SELECT sum(amount) FROM a) + (SELECT sum(amount) FROM b)"));

    private async Task WithWriterAsync(Commits commits, Func<Task> action)
    {
        using var stop = new CancellationTokenSource();
        var writer = Task.Factory.StartNew(() => Transfer(commits, stop.Token), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            while (commits.Count == 0 && !writer.IsCompleted)
            {
                await Task.Delay(5, Token);
            }

            await action();
        }
        finally
        {
            await stop.CancelAsync();
            await writer;
        }
    }

    private void Transfer(Commits commits, CancellationToken stop)
    {
        using var connection = SqliteFixture.Connect(_db.Database);
        SqliteFixture.Execute(connection, "PRAGMA synchronous=OFF");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                SqliteFixture.Execute(connection, "BEGIN IMMEDIATE");
                SqliteFixture.Execute(connection, "UPDATE a SET amount = amount - 1");
                SqliteFixture.Execute(connection, "INSERT INTO log(text) VALUES (hex(randomblob(500)))");
                SqliteFixture.Execute(connection, "UPDATE b SET amount = amount + 1");
                SqliteFixture.Execute(connection, "COMMIT");
                commits.Add();
            }
            catch (SqliteException busy) when (busy.SqliteErrorCode == SQLitePCL.raw.SQLITE_BUSY)
            {
                SqliteFixture.Execute(connection, "ROLLBACK");
            }
        }
    }

    private sealed class Commits
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Add() => Interlocked.Increment(ref _count);
    }

    private sealed class Inline(Action<SqliteCopyProgress> action) : IProgress<SqliteCopyProgress>
    {
        public void Report(SqliteCopyProgress value) => action(value);
    }
}
