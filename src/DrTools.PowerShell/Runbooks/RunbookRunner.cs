using System.Collections;
using System.Management.Automation;
using DrTools.Drills;
using DrTools.Drills.Runbooks;

namespace DrTools.PowerShell.Runbooks;

/// <summary>
/// Runs the script of a drill in the session that holds the drill: every error ends it, those of programs too. Of the parameters that it
/// declares it is given those that a drill knows.
/// </summary>
internal static class RunbookRunner
{
    private const string Wrapper = """
        param($Path, $Parameters)
        $ErrorActionPreference = 'Stop'
        $PSNativeCommandUseErrorActionPreference = $true
        & $Path @Parameters
        if (-not $?) { throw "The runbook ended with exit code $LASTEXITCODE." }
        """;

    /// <summary>Finds out what the script is given.</summary>
    /// <param name="cmdlet">The cmdlet that holds the drill.</param>
    /// <param name="path">The script.</param>
    /// <param name="known">What a drill knows, by name.</param>
    /// <param name="given">What the user gives beside that.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the script makes no sense, or has no such parameter.</exception>
    public static Hashtable Parameters(PSCmdlet cmdlet, string path, IReadOnlyDictionary<string, object?> known, Hashtable? given)
    {
        List<string> declared;
        try
        {
            declared = cmdlet.InvokeCommand.GetCommand(path, CommandTypes.ExternalScript) is { } script
                ? [.. script.Parameters?.Keys ?? Enumerable.Empty<string>()]
                : throw new DrException(DrError.BadUsage, $"PowerShell finds no script at {path}.", "Name a script (.ps1) that can be read.") { Subject = path };
        }
        catch (RuntimeException e)
        {
            throw new DrException(DrError.BadUsage, $"The runbook {path} cannot be understood: {e.Message}", "Correct the script: pwsh -File shows where it is wrong.", e) { Subject = path };
        }

        var parameters = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in known)
        {
            if (value is not null && declared.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                parameters[name] = value;
            }
        }

        foreach (DictionaryEntry entry in given ?? [])
        {
            var name = entry.Key.ToString()!;
            parameters[name] = declared.Contains(name, StringComparer.OrdinalIgnoreCase)
                ? entry.Value
                : throw new DrException(DrError.BadUsage, $"The runbook {Path.GetFileName(path)} has no parameter {name}.", declared.Count == 0 ? "It has none." : $"It has: {string.Join(", ", declared)}.");
        }

        return parameters;
    }

    /// <summary>Runs it.</summary>
    /// <returns>What ended it early; <see langword="null"/> when it came to its end.</returns>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static RunbookFailure? Run(PSCmdlet cmdlet, string path, Hashtable parameters)
    {
        try
        {
            foreach (var output in cmdlet.InvokeCommand.InvokeScript(true, ScriptBlock.Create(Wrapper), null, path, parameters))
            {
                cmdlet.WriteVerbose($"The runbook returned: {output}");
            }

            return null;
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return Failure(e);
        }
    }

    /// <summary>What an error of a script says.</summary>
    public static RunbookFailure Failure(RuntimeException failure)
    {
        var record = failure.ErrorRecord;
        var problem = record?.ErrorDetails?.Message is { Length: > 0 } details ? details : record?.Exception?.Message ?? failure.Message;
        return new(problem, record?.ErrorDetails?.RecommendedAction is { Length: > 0 } remedy ? remedy : null, record?.Exception is DrException known ? known.Error.ToString() : null);
    }
}
