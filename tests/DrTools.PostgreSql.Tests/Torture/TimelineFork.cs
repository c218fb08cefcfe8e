using System.Diagnostics;
using System.Globalization;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A copy is promoted and goes on, archiving beside the original into the same repository: two timelines grow out of one
/// log. Restored along either of them, a copy has to be what was recorded on that one.</summary>
internal sealed class TimelineFork(TortureSite site, TortureLoad load, SchemaChanges schema, Action<string> say)
{
    private static readonly RecoveryTimeline Original = RecoveryTimeline.Of(1);
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="seed">Decides what the copy's load does, and which moments are restored.</param>
    /// <param name="rounds">How often each timeline is restored.</param>
    public async Task RunAsync(int seed, int rounds)
    {
        var random = new Random(seed);
        await using var promoted = TestCluster.At(site.Cluster.Server, TestCluster.NewFolder());
        var fork = Moment.At(Entries(load, site.Backups()[0].Ended)[^1].When, isInclusive: true);
        var (ledger, history) = await BranchOffAsync(promoted, fork, seed);
        var branch = ledger.SelectMany(c => c).Where(e => e.When.BegunAt > fork.Target.Lsn!.Value).OrderBy(e => e.When.Confirmed).ToList();
        Assert.NotEmpty(branch);
        await site.ArchiveAsync();
        var trunk = Entries(load, fork.Begun);
        await using var copy = TestCluster.At(site.Cluster.Server, TestCluster.NewFolder());
        for (var round = 0; round < rounds; round++)
        {
            // The last one of the branch, as everybody wants it who restores after a promotion; and of either any moment.
            var there = round == 0
                ? Moment.Latest(branch[^1].When.ConfirmedAt, DateTimeOffset.UtcNow)
                : Pick(branch[random.Next(branch.Count - 1)], random).On(RecoveryTimeline.Of(2));
            await RestoreAsync(copy, there, timeline: 2, ledger, history, delta: round > 0);
            await RestoreAsync(copy, Pick(trunk[random.Next(trunk.Count - 1)], random).On(Original), timeline: 1, load.Confirmed(), schema.History(), delta: true);
        }
    }

    /// <summary>Restores and promotes a copy that archives, and has it written to for a while.</summary>
    /// <returns>What was recorded on the new timeline, with what it had from the old one.</returns>
    private async Task<(IReadOnlyList<IReadOnlyList<LedgerEntry>> Ledger, IReadOnlyList<SchemaState> History)> BranchOffAsync(TestCluster promoted, Moment fork, int seed)
    {
        await site.ArchiveAsync();
        await site.RestoreAsync(promoted, fork, backup: null, delta: false, keepsArchiving: true);
        var restored = new RestoredCopy(promoted);
        await restored.RecoverAsync();
        await restored.CompareAsync(fork, load.Confirmed(), schema.History());
        Assert.StartsWith("00000002", await promoted.QueryAsync<string>("select pg_walfile_name(pg_current_wal_insert_lsn())"), StringComparison.Ordinal);
        var before = load.Confirmed().Select((c, i) => (IReadOnlyList<LedgerEntry>)[.. c.Take(restored.Entries[i])]).ToList();
        var branch = TortureLoad.Start(promoted, seed + 100, before);
        try
        {
            await Task.Delay(Lead, Stop);
            await branch.CheckAsync();
        }
        finally
        {
            await branch.DisposeAsync();
        }

        var ledger = branch.Confirmed();
        await site.ArchiveAsync(promoted);
        say(string.Create(CultureInfo.InvariantCulture, $"     promoted at {fork.Target}: {ledger.Sum(c => c.Count) - before.Sum(c => c.Count)} transactions on timeline 2"));
        await restored.CheckAsync();
        return (ledger, [.. schema.History().Take(restored.Changes)]);
    }

    private async Task RestoreAsync(
        TestCluster copy, Moment moment, uint timeline, IReadOnlyList<IReadOnlyList<LedgerEntry>> ledger, IReadOnlyList<SchemaState> history, bool delta)
    {
        var clock = Stopwatch.StartNew();
        var result = await site.RestoreAsync(copy, moment, backup: null, delta);
        Assert.Equal(timeline, result.Plan.Timeline);
        var restored = new RestoredCopy(copy);
        await restored.RecoverAsync();
        await restored.CompareAsync(await restored.ReachedAsync(moment), ledger, history);
        await restored.CheckAsync();
        say(string.Create(CultureInfo.InvariantCulture, $"     timeline {timeline}, {moment.Target}: {restored.Figures}; {clock.Elapsed.TotalSeconds:0.0} s"));
    }

    private static Moment Pick(LedgerEntry entry, Random random) => random.Next(3) switch
    {
        0 => Moment.At(entry.When.Confirmed, isInclusive: true),
        1 => Moment.At(entry.When, isInclusive: true),
        _ => Moment.At(entry, isInclusive: true),
    };

    private static List<LedgerEntry> Entries(TortureLoad load, DateTimeOffset from) =>
        [.. load.Confirmed().SelectMany(c => c).Where(e => e.When.Begun > from).OrderBy(e => e.When.Confirmed)];
}
