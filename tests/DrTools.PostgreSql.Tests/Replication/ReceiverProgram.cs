using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary>A running <c>drtools</c>, as the user that servers run as. Whatever it does, it ends within a limit.</summary>
internal sealed class ReceiverProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly Task<string> _error;

    private ReceiverProgram(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        (_out, _error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public static ReceiverProgram Start(params string[] arguments) => new(TestServer.Start(DrToolsProgram.Path, arguments));

    /// <summary>Runs to the end, which has to be good.</summary>
    public static async Task<JsonElement> RunAsync(params string[] arguments)
    {
        using var program = Start([.. arguments, "--json"]);
        var (code, text, error) = await program.EndAsync();
        Assert.True(code == 0, $"drtools {string.Join(' ', arguments)} ended with {code}: {text}{error}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<(int Code, string Out, string Error)> EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            Assert.Fail($"It did not end: {await _error}");
        }

        return (_process.ExitCode, await _out, await _error);
    }

    /// <summary>Waits for something; fails when the program ends first.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var clock = Stopwatch.StartNew(); !await condition(); await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            if (_process.HasExited)
            {
                Assert.Fail($"It ended with {_process.ExitCode} before {what}: {await _out}{await _error}");
            }

            Assert.True(clock.Elapsed < Patience, $"It did not come to this: {what}");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
