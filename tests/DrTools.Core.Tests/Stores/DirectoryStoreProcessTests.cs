using System.Diagnostics;
using System.Globalization;
using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Stores;

/// <summary>Several processes on one folder. Each runs one test of <see cref="DirectoryStoreChild"/>.</summary>
public sealed class DirectoryStoreProcessTests : IDisposable
{
    private const int Racers = 3;

    private readonly ScratchFolder _scratch = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Of_racing_processes_exactly_one_wins_each_name()
    {
        var children = Enumerable.Range(1, Racers).Select(i => StartChild(nameof(DirectoryStoreChild.Races_for_every_name), i)).ToArray();
        for (var i = 1; i <= Racers; i++)
        {
            await WaitForAsync(Path.Combine(_scratch.Path, $"ready{i}"));
        }

        await File.WriteAllTextAsync(Path.Combine(_scratch.Path, "go"), "", Cancel);
        foreach (var child in children)
        {
            await child.WaitForExitAsync(Cancel);
            Assert.Equal(0, child.ExitCode);
            child.Dispose();
        }

        await using var store = DirectoryStore.Open(DirectoryStoreChild.StoreIn(_scratch.Path), create: false);
        var wins = Enumerable.Range(1, Racers)
            .SelectMany(i => File.ReadAllLines(Path.Combine(_scratch.Path, $"won{i}")).Select(name => (name, i))).ToArray();
        Assert.Equal(DirectoryStoreChild.Races, wins.Length);
        Assert.Equal(DirectoryStoreChild.Races, wins.Select(w => w.name).Distinct().Count());
        foreach (var (name, winner) in wins)
        {
            var content = new byte[2];
            Assert.Equal(1, await store.ReadAsync(name, 0, content, Cancel));
            Assert.Equal(winner, content[0]);
        }
    }

    [Fact]
    public async Task Killed_writer_leaves_only_whole_objects_and_what_can_be_swept()
    {
        var random = new Random(20240607);
        await using var store = DirectoryStore.Open(DirectoryStoreChild.StoreIn(_scratch.Path), create: true);
        for (var round = 1; round <= 3; round++)
        {
            using var child = StartChild(nameof(DirectoryStoreChild.Writes_until_it_is_killed), round);
            await WaitForAsync(Path.Combine(_scratch.Path, $"ready{round}"));
            await Task.Delay(random.Next(20, 200), Cancel);
            Assert.False(child.HasExited);
            child.Kill();
            await child.WaitForExitAsync(Cancel);

            await foreach (var each in store.ListAsync("", Cancel))
            {
                var buffer = new byte[each.Length];
                Assert.Equal(DirectoryStoreChild.ObjectLength, each.Length);
                Assert.Equal(buffer.Length, await store.ReadAsync(each.Name, 0, buffer, Cancel));
                Assert.Equal(-1, buffer.AsSpan().IndexOfAnyExcept(buffer[0]));
            }
        }

        await store.RemoveAbandonedAsync(TimeSpan.Zero, TimeProvider.System, Cancel);
        Assert.Empty(Directory.GetFiles(Path.Combine(DirectoryStoreChild.StoreIn(_scratch.Path), "tmp")));
    }

    private static async Task WaitForAsync(string path)
    {
        var waited = Stopwatch.StartNew();
        while (!File.Exists(path))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), $"{path} does not appear.");
            await Task.Delay(5, Cancel);
        }
    }

    private Process StartChild(string test, int number)
    {
        var program = Path.Combine(AppContext.BaseDirectory, typeof(DirectoryStoreProcessTests).Assembly.GetName().Name!);
        return Process.Start(new ProcessStartInfo(program, ["-explicit", "only", "-method", $"{typeof(DirectoryStoreChild).FullName}.{test}"])
        {
            RedirectStandardOutput = true,
            Environment = { [DirectoryStoreChild.FolderVariable] = _scratch.Path, [DirectoryStoreChild.NumberVariable] = number.ToString(CultureInfo.InvariantCulture) },
        })!;
    }
}
