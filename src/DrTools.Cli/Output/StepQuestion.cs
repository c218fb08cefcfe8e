using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Asks people at the terminal to carry out a step, and whether it was done.</summary>
internal static class StepQuestion
{
    /// <summary>Whether somebody is there: input and what is asked go through a terminal.</summary>
    public static bool IsPossible => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static async Task<bool> AskAsync(FailoverStep step, CancellationToken cancellationToken)
    {
        await Console.Error.WriteLineAsync($"\n{(step.Role is { } role ? $"For the {role}: " : string.Empty)}{step.Name}").ConfigureAwait(false);
        if (step.Instructions is { } instructions)
        {
            await Console.Error.WriteLineAsync($"  {instructions}").ConfigureAwait(false);
        }

        while (true)
        {
            await Console.Error.WriteAsync("Done? [yes/no] ").ConfigureAwait(false);

            // The read blocks beyond any cancellation, so it is left behind.
            switch ((await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false))?.Trim().ToUpperInvariant())
            {
                case "YES" or "Y":
                    return true;
                case "NO" or "N" or null:
                    return false;
            }
        }
    }
}
