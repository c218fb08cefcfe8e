using System.Text.Json;

namespace DrTools.Cli.Tests;

/// <summary>What a run of drtools came to.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    /// <summary>The one document on stdout.</summary>
    public JsonElement Document => JsonDocument.Parse(Out).RootElement;

    /// <summary>The error on stderr, which must hold nothing but JSON lines.</summary>
    public JsonElement ErrorDetails => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Single(line => line.TryGetProperty("error", out _))
        .GetProperty("error");

    /// <summary>Fails, showing everything, unless it ended with the code.</summary>
    public CliResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode} instead of {exitCode}.\n--- stdout\n{Out}\n--- stderr\n{Error}");
        return this;
    }
}
