using DrTools.Backup;
using DrTools.Copies;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Copies;

/// <summary>A cluster recovers from a copy alone: the repository that it was backed up into, and its archive, are gone.</summary>
public sealed class CopiedClusterTests
{
    /// <summary>After which a test is ended, milliseconds.</summary>
    private const int Limit = 10 * 60 * 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = Limit)]
    public async Task A_copy_recovers_to_a_moment_when_the_repository_and_the_archive_are_gone()
    {
        PostgreSqlProvider.Register();
        await using var site = await RestoreSite.StartAsync(TestServer.V15);
        await using var copy = await TestRepository.CreateAsync();
        await using var latest = await TestRepository.CreateAsync();
        await site.Cluster.ExecuteAsync("create table t (i int)");
        var first = await site.BackUpAsync();
        await site.Cluster.ExecuteAsync("insert into t values (1)");
        await site.ArchiveAsync();
        var second = await site.BackUpAsync(BackupType.Incremental);
        await site.Cluster.ExecuteAsync("insert into t select generate_series(2, 100)");
        var moment = await RestoreSite.MomentAsync();
        await site.Cluster.ExecuteAsync("drop table t");
        await site.ArchiveAsync();

        var result = await CopyAsync(site, copy, new CopyOptions());
        Assert.Equal(2, result.Backups.Count(b => b.Outcome == CopyOutcome.Copied));
        var names = (await NamesAsync(site.Repository)).Where(n => string.CompareOrdinal(n.Name, first.Facts.Details["startWal"]) >= 0).ToList();
        Assert.Equal(names, await NamesAsync(copy));
        Assert.Equal(names.Count, result.Logs.Copied);

        // Of the newest backup alone only the log from its start on is needed; with it comes all that is archived later.
        var brief = await CopyAsync(site, latest, new CopyOptions { Policy = CopyPolicy.Latest });
        Assert.InRange(brief.Logs.Copied, 1, names.Count - 1);
        Assert.Contains(second.Facts.Details["startWal"], (await NamesAsync(latest)).Select(n => n.Name));
        await site.Cluster.ExecuteAsync("create table later (i int)");
        await site.ArchiveAsync();
        var more = await CopyAsync(site, latest, new CopyOptions { Policy = CopyPolicy.Latest });
        Assert.Equal(CopyOutcome.AlreadyThere, more.Backups[0].Outcome);
        Assert.True(more.Logs.Copied > 0 && more.Logs.AlreadyThere == brief.Logs.Copied);
        Assert.Equal(0, (await CopyAsync(site, latest, new CopyOptions { Logs = CopyLogs.None })).Logs.AlreadyThere);
        Assert.Equal((await NamesAsync(site.Repository)).Count, (await CopyAsync(site, latest, new CopyOptions { Policy = CopyPolicy.Latest, Logs = CopyLogs.All })).Logs is { } all ? all.Copied + all.AlreadyThere : 0);

        await site.Cluster.StopAsync();
        Directory.Delete(site.Repository.Repository.Location, recursive: true);
        Directory.Delete(PhysicalCopy.Archive(site.Cluster), recursive: true);
        foreach (var (place, name) in new[] { (copy, "from-copy"), (latest, "from-latest") })
        {
            var logs = await ExtractAsync(place);
            try
            {
                var options = site.Options with
                {
                    DataDirectory = Path.Combine(site.Cluster.Folder, name),
                    RestoreCommand = $"cp {logs}/%f %p",
                    Target = RecoveryTarget.At(moment),
                };
                var restore = new DatabaseRestore(place.Repository);
                var plan = await restore.PlanAsync(site.Source, options, Token);
                Assert.Equal(second.Id, plan.Backup.Id);
                Assert.True((await restore.RestoreAsync(plan, null, Token)).Passed);
                Assert.Equal(100L, await site.Cluster.QueryAsync<long>("select count(*) from t"));
                RestoreSite.Stop(site.Cluster.Server, options.DataDirectory);
            }
            finally
            {
                Directory.Delete(logs, recursive: true);
            }
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_log_that_is_damaged_or_another_one_is_refused_and_the_others_are_copied()
    {
        PostgreSqlProvider.Register();
        await using var source = await TestRepository.CreateAsync();
        await using var target = await TestRepository.CreateAsync();
        var content = new byte[3 << 20];
        new Random(1).NextBytes(content);
        LogName Name(int number) => new("postgresql-7", "00000001", $"00000001000000000000000{number}");
        for (var i = 1; i <= 4; i++)
        {
            using var log = LogContent.FromBytes(content.AsMemory(0, i * 700_000));
            new LogArchive(source.Repository).Put(Name(i), log);
        }

        using (var another = LogContent.FromBytes(content.AsMemory(5, 1000)))
        {
            new LogArchive(target.Repository).Put(Name(1), another);
        }

        using (var same = LogContent.FromBytes(content.AsMemory(0, 1_400_000)))
        {
            new LogArchive(target.Repository).Put(Name(2), same);
        }

        var damaged = Path.Combine(source.Repository.Location, Name(3).ObjectName);
        var bytes = await File.ReadAllBytesAsync(damaged, Token);
        bytes[bytes.Length / 2] ^= 8;
        await File.WriteAllBytesAsync(damaged, bytes, Token);
        var result = await new CopyEngine(source.Repository, target.Repository).RunAsync(new CopyOptions { Logs = CopyLogs.All }, null, Token);
        Assert.False(result.Passed);
        Assert.Equal((1, 1), (result.Logs.Copied, result.Logs.AlreadyThere));
        Assert.Equal([(Name(1), DrError.LogConflict), (Name(3), DrError.IntegrityFailure)], result.Logs.Refused.Select(r => (r.Name, r.Error.Error)));
        Assert.Null(new LogArchive(target.Repository).TryReadAll(Name(3)));
        Assert.Equal(content[..2_800_000], new LogArchive(target.Repository).TryReadAll(Name(4)));
        Assert.Equal(content[5..1005], new LogArchive(target.Repository).TryReadAll(Name(1)));
    }

    private static Task<CopyResult> CopyAsync(RestoreSite site, TestRepository to, CopyOptions options) =>
        new CopyEngine(site.Repository.Repository, to.Repository).RunAsync(options, null, Token);

    private static async Task<List<LogName>> NamesAsync(TestRepository repository)
    {
        var names = new List<LogName>();
        await foreach (var log in new LogArchive(repository.Repository).ListAsync(null, Token))
        {
            names.Add(log.Name);
        }

        return names;
    }

    /// <summary>The log as the copy has it.</summary>
    private static async Task<string> ExtractAsync(TestRepository repository)
    {
        var folder = Directory.CreateTempSubdirectory("drtools-test-copied-log-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        foreach (var name in await NamesAsync(repository))
        {
            var path = Path.Combine(folder, name.Name);
            await File.WriteAllBytesAsync(path, new LogArchive(repository.Repository).TryReadAll(name)!, Token);
            File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        }

        return folder;
    }
}
