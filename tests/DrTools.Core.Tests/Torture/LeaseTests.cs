using DrTools.Repositories;
using DrTools.Repositories.Leases;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Holders that sleep through the end of their lease, and readers that look while one is renewed.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private const string Scope = "source-x";

    private readonly ShiftedTime _later = new() { Offset = TimeSpan.FromMinutes(11) };
    private TortureRepository _first = null!;
    private Repository _second = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _first = await TortureRepository.CreateAsync();
        using var credential = DrTools.Repositories.Keys.RepositoryCredential.FromPassphrase(TortureRepository.Passphrase);
        _second = await new RepositoryFactory(_later, 1000).OpenAsync(_first.Location, credential, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    public async Task A_sleeper_cannot_renew_once_another_has_taken_over(int renewals, bool released)
    {
        await using var sleeper = await AcquireAsync(_first.Repository);
        var successor = await AcquireAsync(_second);
        for (var i = 0; i < renewals; i++)
        {
            await successor.RenewAsync(r => r, Cancel);
        }

        if (released)
        {
            await successor.DisposeAsync();
        }

        var e = await Assert.ThrowsAsync<DrException>(() => sleeper.RenewAsync(r => r, Cancel).AsTask());
        Assert.Equal(DrError.LeaseLost, e.Error);
        Assert.True(sleeper.Lost.IsCancellationRequested);
        Assert.Equal(DrError.LeaseLost, Assert.Throws<DrException>(sleeper.ThrowIfLapsed).Error);
        if (!released)
        {
            await successor.RenewAsync(r => r, Cancel);
            await successor.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_sleeper_that_gives_up_does_not_end_the_lease_of_another()
    {
        var sleeper = await AcquireAsync(_first.Repository);
        await (await AcquireAsync(_second)).DisposeAsync();
        await using var holder = await AcquireAsync(_second);
        await sleeper.DisposeAsync();
        var e = await Assert.ThrowsAsync<DrException>(() => AcquireAsync(_second));
        Assert.Equal(DrError.LeaseHeld, e.Error);
        Assert.Contains($"process {Environment.ProcessId}", e.Message, StringComparison.Ordinal);
        await holder.RenewAsync(r => r, Cancel);
    }

    [Fact]
    public async Task A_lease_that_is_renewed_all_the_time_is_always_seen()
    {
        await using var lease = await AcquireAsync(_first.Repository);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var renewing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    await lease.RenewAsync(r => r, CancellationToken.None);
                }
            },
            Cancel);
        await using var other = await _first.OpenAsync();
        for (var i = 0; i < TortureScale.Pick(150, 3000); i++)
        {
            Assert.Single(await other.Leases.ListLiveAsync(Cancel));
            Assert.True(await other.Leases.IsHeldAsync(Scope, Cancel));
        }

        await stop.CancelAsync();
        await renewing;
    }

    [Fact]
    public async Task What_a_dead_holder_stored_is_named_from_the_first_moment()
    {
        var dead = LeaseRecord.For("backup") with { PackOwners = ["a", "b"], ProcessStart = "0", ExpiresAt = DateTimeOffset.MaxValue };
        await _first.Repository.Leases.TryPutAsync(Scope, 7, dead, Cancel);
        await using var lease = await _first.Repository.Leases.AcquireAsync(Scope, LeaseRecord.For("backup") with { PackOwners = ["c"] }, Cancel);
        Assert.Equal(["a", "b"], lease.Abandoned!.PackOwners);
        Assert.Equal(["c", "a", "b"], Assert.Single(await _first.Repository.Leases.ListLiveAsync(Cancel)).PackOwners);
    }

    [Fact]
    public async Task A_damaged_record_stops_nobody_for_longer_than_a_lease()
    {
        var lease = await AcquireAsync(_first.Repository);
        await lease.DisposeAsync();
        var record = Assert.Single(Directory.GetFiles(Path.Combine(_first.Location, "leases", Scope)));
        await File.AppendAllTextAsync(record, "x", Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => AcquireAsync(_first.Repository));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        Assert.Equal($"leases/{Scope}/{Path.GetFileName(record)}", e.Subject);
        await (await AcquireAsync(_second)).DisposeAsync();
    }

    [Fact]
    public async Task A_clock_that_was_set_back_revives_no_released_lease()
    {
        await (await AcquireAsync(_second)).DisposeAsync();
        await (await AcquireAsync(_first.Repository)).DisposeAsync();
    }

    private static async Task<Lease> AcquireAsync(Repository repository) => await repository.Leases.AcquireAsync(Scope, LeaseRecord.For("test"), Cancel);
}
