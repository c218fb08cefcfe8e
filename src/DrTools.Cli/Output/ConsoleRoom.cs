using DrTools.Cli.CommandLine;
using DrTools.Drills;

namespace DrTools.Cli.Output;

/// <summary>The people before a terminal. With <c>--json</c> they read on stderr, as stdout holds one document.</summary>
internal sealed class ConsoleRoom(CommandRun run) : IDrillRoom
{
    /// <summary>Whether somebody can be asked.</summary>
    public static bool HasPeople => !Console.IsInputRedirected;

    public void Show(string line) => (run.Output.IsJson ? Console.Error : Console.Out).WriteLine(line);

    public string? Listen()
    {
        // A terminal cannot be told to give up reading: Ctrl+C ends the waiting, and the process the reading.
        var reading = Task.Run(Console.In.ReadLine, CancellationToken.None);
        return reading.WaitAsync(run.Cancellation).GetAwaiter().GetResult();
    }
}
