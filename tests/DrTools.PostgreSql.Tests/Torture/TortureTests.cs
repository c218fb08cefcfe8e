using System.Diagnostics;
using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A server under load and changes of its schema is backed up in every way and archived all the time, and restored at
/// random moments. Every copy has to be, row by row, what was recorded for its moment, and nothing in it may be
/// corrupt.</summary>
public sealed class TortureTests(ITestOutputHelper output)
{
    private const int EligibleBackups = 6;

    private readonly List<Moment> _named = [];
    private readonly List<string> _lines = [];
    private Random _random = new(0);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15, 3, 30, RecoveryTargetKind.Latest)]
    [InlineData(17, 1, 12, null)]
    [InlineData(18, 2, 12, RecoveryTargetKind.Immediate)]
    public async Task A_copy_of_any_moment_is_what_was_recorded_for_it(int version, int brief, int extended, RecoveryTargetKind? lastKind)
    {
        var restores = TortureScale.Pick(brief, extended);
        var seed = TortureScale.Seed + version;
        _random = new Random(seed);
        Say($"PostgreSQL {version}, seed {TortureScale.Seed} (DRTOOLS_TORTURE_SEED)");
        await using var site = await TortureSite.StartAsync(TestServer.Find(version));
        await using var load = TortureLoad.Start(site.Cluster, seed);
        await using var schema = SchemaChanges.Start(site.Cluster, seed);
        for (var attempt = 0; site.Backups().Count == 0; attempt++)
        {
            Assert.True(attempt < 10, "No backup was ever whole.");
            await site.BackUpAsync(BackupType.Full, throughServer: false, schema);
        }

        using var enough = new CancellationTokenSource();
        var backups = BackUpAsync(site, schema, new Random(seed + 1), enough.Token);
        TestCluster? last = null;
        try
        {
            for (var i = 1; i <= restores; i++)
            {
                await PassTimeAsync(site, load, schema, backups);
                last = await RestoreAsync(i, site, load, schema, last, i == restores ? lastKind : null);
            }

            // At the end, for from then on there are two ways to go for whoever restores. In the short form on one version.
            if (TortureScale.IsLong || lastKind is null)
            {
                await new TimelineFork(site, load, schema, Say).RunAsync(seed, TortureScale.Pick(1, 4));
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"PostgreSQL {version}, DRTOOLS_TORTURE_SEED={TortureScale.Seed}:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}{Environment.NewLine}{e.Message}{(backups.IsFaulted ? Environment.NewLine + backups.Exception.InnerException!.Message : string.Empty)}", e);
        }
        finally
        {
            await enough.CancelAsync();
            await (last?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Task.WhenAny(backups);
        }

        await backups;
        Say($"{load.Confirmed().Sum(c => c.Count)} transactions and {schema.History().Count} changes of the schema, {site}, {await site.Cluster.QueryAsync<long>("select archived_count from pg_stat_archiver")} files archived, {await site.Cluster.QueryAsync<long>("select failed_count from pg_stat_archiver")} failures");
    }

    /// <summary>Backups of all types, some through the server, until it is enough.</summary>
    private static async Task BackUpAsync(TortureSite site, SchemaChanges schema, Random random, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var type = random.Next(6) switch { 0 => BackupType.Full, 1 or 2 => BackupType.Differential, _ => BackupType.Incremental };
            await site.BackUpAsync(type, throughServer: random.Next(3) == 0, schema);
            await Task.Delay(random.Next(0, 1500), enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Say(string line)
    {
        _lines.Add(line);
        output.WriteLine(line);
    }

    private async Task PassTimeAsync(TortureSite site, TortureLoad load, SchemaChanges schema, Task backups)
    {
        await Task.Delay(_random.Next(0, 1500), Stop);
        _named.Add(await site.NameAsync(string.Create(CultureInfo.InvariantCulture, $"moment {_named.Count + 1}")));
        await Task.Delay(_random.Next(0, 1500), Stop);
        await load.CheckAsync();
        await schema.CheckAsync();
        if (backups.IsCompleted)
        {
            await backups;
        }
    }

    private async Task<TestCluster> RestoreAsync(int number, TortureSite site, TortureLoad load, SchemaChanges schema, TestCluster? last, RecoveryTargetKind? kind)
    {
        var clock = Stopwatch.StartNew();
        var taken = site.Backups();
        var moment = await ChooseAsync(site, load, kind);
        load.IsPaused = schema.IsPaused = moment.Target.Kind == RecoveryTargetKind.Latest;

        // Half of the time one of the last backups that lead there, of whatever type; otherwise the engine's choice. From older
        // ones the way would be too long.
        var fitting = taken.Where(b => b.Ended < moment.Begun).TakeLast(EligibleBackups).ToList();
        var backup = moment.BackupId ?? (_random.Next(2) == 0 ? fitting[_random.Next(fitting.Count)].Info.Id : null);
        var delta = last is not null && _random.Next(3) == 0;
        if (last is not null && !delta)
        {
            await last.DisposeAsync();
        }

        var copy = delta ? last! : TestCluster.At(site.Cluster.Server, TestCluster.NewFolder());
        try
        {
            // There has to be a later transaction, for the server to know that a time has passed.
            await Task.Delay(50, Stop);
            await site.ArchiveAsync();
            var result = await site.RestoreAsync(copy, moment, backup, delta);
            Say(string.Create(CultureInfo.InvariantCulture, $"{number,3}. {moment.Target}{(moment.Target.HasEdge && moment.Target.IsInclusive ? " (inclusive)" : string.Empty)} from {result.Plan.Backup.Info.Type} {result.Plan.Backup.Id}{(backup is null ? string.Empty : " (given)")}{(delta ? ", delta" : string.Empty)}, {result.Plan.WalBytes >> 20} MiB of log"));
            if (backup is not null)
            {
                Assert.Equal(backup, result.Plan.Backup.Id);
            }

            var restored = new RestoredCopy(copy);
            await restored.RecoverAsync();
            load.IsPaused = schema.IsPaused = false;
            moment = await restored.ReachedAsync(moment);

            // Recorded by now is whatever the copy can have.
            await restored.CompareAsync(moment, load.Confirmed(), schema.History());
            if (number == 1)
            {
                await CannotBeFooledAsync(restored, copy, moment, load, schema);
            }

            await restored.CheckAsync();
            Say(string.Create(CultureInfo.InvariantCulture, $"     {restored.Figures}; {clock.Elapsed.TotalSeconds:0.0} s"));
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>The comparison tells one moment from another, and finds what was changed in the copy.</summary>
    private static async Task CannotBeFooledAsync(RestoredCopy restored, TestCluster copy, Moment moment, TortureLoad load, SchemaChanges schema)
    {
        async Task<string> WrongAsync(Moment claimed) =>
            (await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => restored.CompareAsync(claimed, load.Confirmed(), schema.History()))).Message;
        var now = Moment.At(load.Confirmed()[0][^1], isInclusive: true);
        Assert.StartsWith("Session 0: ", await WrongAsync(now), StringComparison.Ordinal);
        await copy.ExecuteAsync("update accounts set balance = balance + 1 where id = 77");
        Assert.StartsWith("Account 77 has ", await WrongAsync(moment), StringComparison.Ordinal);
        await copy.ExecuteAsync("update accounts set balance = balance - 1 where id = 77", "create table torture.stranger (id int)");
        Assert.Contains("stranger", await WrongAsync(moment), StringComparison.Ordinal);
        await copy.ExecuteAsync("drop table torture.stranger", "create database stranger");
        Assert.StartsWith("The databases are ", await WrongAsync(moment), StringComparison.Ordinal);
        await copy.ExecuteAsync("drop database stranger");
    }

    /// <summary>A moment behind the first backup, of any kind or of a certain one.</summary>
    private async Task<Moment> ChooseAsync(TortureSite site, TortureLoad load, RecoveryTargetKind? kind)
    {
        var from = site.Backups()[0].Ended;
        var entries = load.Confirmed().SelectMany(c => c).Where(e => e.When.Begun > from).ToList();
        Assert.NotEmpty(entries);

        // Young moments more often than old ones: the way there is shorter.
        var edge = entries.OrderBy(e => e.When.Confirmed).ElementAt((int)(entries.Count * Math.Sqrt(_random.NextDouble())));
        var isInclusive = _random.Next(3) > 0;
        var points = _named.Where(m => m.Begun > from).ToList();
        switch (kind ?? (TortureScale.IsLong ? (RecoveryTargetKind)_random.Next(6) : (RecoveryTargetKind)_random.Next(2, 6)))
        {
            case RecoveryTargetKind.Latest:
                return Moment.Latest(await site.PositionAsync(), DateTimeOffset.UtcNow);
            case RecoveryTargetKind.Immediate:
                return Moment.EndOf(site.Backups().TakeLast(EligibleBackups).ElementAt(_random.Next(Math.Min(site.Backups().Count, EligibleBackups))));
            case RecoveryTargetKind.Time:
                return Moment.At(edge.When.Begun + ((edge.When.Confirmed - edge.When.Begun) * _random.NextDouble()), isInclusive);
            case RecoveryTargetKind.Lsn:
                return Moment.At(edge.When, isInclusive);
            case RecoveryTargetKind.Name when points.Count > 0:
                return points[_random.Next(points.Count)];
            default:
                return Moment.At(edge, isInclusive);
        }
    }
}
