using System.Diagnostics;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tests.Recovery;

namespace DrTools.PostgreSql.Tests.Scratch;

/// <summary>A process that holds a scratch instance until it is killed: this very program, running the one test here,
/// which runs only when it is asked for.</summary>
public sealed class ScratchChild
{
    private const string Variable = "DRTOOLS_TEST_SCRATCH_CHILD";

    /// <summary>Starts it.</summary>
    /// <param name="history">What is restored.</param>
    /// <param name="waitsInRecovery">Whether the server waits for a file of the log for ever, instead of having recovered.</param>
    /// <returns>The process, and the folder of its instance, whose server runs.</returns>
    internal static async Task<(Process Process, string Folder)> StartAsync(History history, bool waitsInRecovery)
    {
        var cluster = history.Cluster;
        var word = Path.Combine(cluster.Folder, "child-" + Guid.NewGuid().ToString("n")[..8]);
        var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "DrTools.PostgreSql.Tests"), ["-explicit", "only", "-method", "*ScratchChild.Hold"])
        {
            RedirectStandardOutput = true,
            Environment = { [Variable] = string.Join('|', history.Backup, PhysicalCopy.Archive(cluster), cluster.Server.Programs, cluster.Folder, waitsInRecovery, word) },
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        while (!File.Exists(word))
        {
            Assert.False(process.HasExited, process.HasExited ? await output : null);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        return (process, File.ReadAllText(word));
    }

    [Fact(Explicit = true)]
    public async Task Hold()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('|') is not [var backup, var archive, var programs, var parent, var waits, var word])
        {
            return;
        }

        var scratch = ScratchInstance.Create(ServerPrograms.TryAt(programs)!.MajorVersion, new ScratchOptions { Parent = parent, Programs = programs });
        PhysicalCopy.Restore(backup, scratch.DataDirectory);
        IWalSupply supply = bool.Parse(waits) ? new EndlessSupply(() => Tell(word, scratch.Folder)) : new FolderWalSupply(archive);
        await scratch.RecoverAsync(RecoveryTarget.Immediate, RecoveryTargetAction.Promote, supply, null, CancellationToken.None);
        Tell(word, scratch.Folder);
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    private static void Tell(string word, string folder)
    {
        File.WriteAllText(word + ".new", folder);
        File.Move(word + ".new", word, overwrite: true);
    }

    private sealed class EndlessSupply(Action asked) : IWalSupply
    {
        public async ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken)
        {
            asked();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return false;
        }
    }
}
