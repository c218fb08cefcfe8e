using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DrTools.Repositories;
using DrTools.TestHost;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>A process of <c>DrTools.TestHost</c>, to be killed, stopped or raced.</summary>
internal sealed partial class HostProcess : IDisposable
{
    private const int Stop = 19, Continue = 18;

    private readonly Process _process;

    private HostProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static HostProcess Start(RepositoryTuning tuning, string command, string location, params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "DrTools.TestHost");
        return new HostProcess(Process.Start(new ProcessStartInfo(program, [command, location, TortureRepository.Passphrase, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            Environment =
            {
                [HostTuning.LeaseMilliseconds] = tuning.LeaseDuration.TotalMilliseconds.ToString(CultureInfo.InvariantCulture),
                [HostTuning.PackBytes] = tuning.PackLength.ToString(CultureInfo.InvariantCulture),

                // Its output is read while it lives; nothing of it shall linger.
                ["DOTNET_TieredCompilation"] = "1",
            },
        })!);
    }

    public async Task WaitUntilReadyAsync()
    {
        var line = await ReadLineAsync();
        Assert.True(line == "ready", $"Instead of ready: {line}");
    }

    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromMinutes(2), Cancel);

    public void Go() => _process.StandardInput.WriteLine();

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Cancel);
    }

    public void Suspend() => Assert.Equal(0, Signal(_process.Id, Stop));

    public void Resume() => Assert.Equal(0, Signal(_process.Id, Continue));

    /// <summary>Its last words.</summary>
    public async Task<string> FinishAsync()
    {
        var rest = await _process.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        await _process.WaitForExitAsync(Cancel);
        return rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(string.Empty);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
