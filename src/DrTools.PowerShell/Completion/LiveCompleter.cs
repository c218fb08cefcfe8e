using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using DrTools.PowerShell.Commands;

namespace DrTools.PowerShell.Completion;

/// <summary>
/// Completes from what is read when it is asked. A prompt must never hang or show an error because of a completion: what
/// cannot be had within a second is left out.
/// </summary>
public abstract class LiveCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly SearchValues<char> Special = SearchValues.Create(" '\"$`(){};,|&<>@#");

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var word = (wordToComplete ?? string.Empty).Trim('\'', '"');
        return [.. Candidates(fakeBoundParameters)
            .Where(c => c.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(c => new CompletionResult(Quoted(c.Text), c.Text, CompletionResultType.ParameterValue, c.Description))];
    }

    /// <summary>What can be written here.</summary>
    private protected abstract IEnumerable<(string Text, string Description)> Candidates(IDictionary bound);

    /// <summary>What can be read in time.</summary>
    /// <param name="start">Begins on the session's own thread; the reading itself is a task, if there is something to read.</param>
    private protected static IReadOnlyList<T> Read<T>(Func<CancellationToken, Task<IReadOnlyList<T>>?> start)
    {
        using var stop = new CancellationTokenSource(Patience);
        try
        {
            var reading = start(stop.Token);
            return reading?.Wait(Patience) == true ? reading.Result : [];
        }
        catch (Exception e) when (e is AggregateException or DrException or RuntimeException)
        {
            return [];
        }
    }

    /// <summary>The session's paths, which can be had only on its own thread, and only through a command.</summary>
    private protected static PathIntrinsics SessionPaths()
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        return (PathIntrinsics)shell.AddScript("$ExecutionContext.SessionState.Path").Invoke()[0].BaseObject;
    }

    private protected static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(Special) < 0 ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
