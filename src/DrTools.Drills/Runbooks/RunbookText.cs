using System.Security.Cryptography;
using System.Text.RegularExpressions;
using DrTools.Plans;

namespace DrTools.Drills.Runbooks;

/// <summary>
/// What the text of a runbook says of itself, without running it: its synopsis and the steps that are written out in it
/// (<c>Invoke-DrRunbookStep 'Restore the database' -Role operator -Step Restore …</c> on one line). Steps whose names are only made
/// when it runs are shown as they are written.
/// </summary>
public sealed partial record RunbookText
{
    /// <summary>The cmdlet that does a step.</summary>
    public const string StepCmdlet = "Invoke-DrRunbookStep";

    private const int MaximumBytes = 1 << 20;

    private RunbookText()
    {
    }

    /// <summary>Absolute path.</summary>
    public required string Path { get; init; }

    /// <summary>Its name: that of the file, without <c>.ps1</c>.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>What it is for: the synopsis of its help, if it has one.</summary>
    public string? Synopsis { get; init; }

    /// <summary>SHA-256 of the file, lower-case hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>The steps, in the order in which they are written.</summary>
    public required IReadOnlyList<RunbookTextStep> Steps { get; init; }

    /// <summary>Reads a runbook.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be read, or is no script.</exception>
    public static RunbookText Read(string path)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > MaximumBytes)
            {
                throw new DrException(DrError.BadUsage, $"The runbook {path} is larger than {Figures.Bytes(MaximumBytes)}.", "Name a script of PowerShell (.ps1).") { Subject = path };
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.BadUsage, $"The runbook {path} cannot be read: {e.Message}", "Write it there, or name another one; those that come along: Get-DrRunbook.", e) { Subject = path };
        }

        if (!path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase))
        {
            throw new DrException(DrError.BadUsage, $"The runbook {path} is no script of PowerShell.", "Its name has to end in .ps1.") { Subject = path };
        }

        using var reader = new StreamReader(new MemoryStream(bytes));
        var text = reader.ReadToEnd();
        return new RunbookText
        {
            Path = System.IO.Path.GetFullPath(path),
            Hash = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            Synopsis = SynopsisForm().Match(text) is { Success: true } match ? Blanks().Replace(match.Groups["text"].Value.Trim(), " ") : null,
            Steps = (RunbookTextStep[])[.. StepForm().Matches(HelpForm().Replace(text, string.Empty)).Select(m => StepOf(m.Groups["arguments"].Value))],
        };
    }

    private static RunbookTextStep StepOf(string arguments)
    {
        var named = ParameterForm().Matches(arguments).ToLookup(m => m.Groups["name"].Value, m => Unquoted(m.Groups["value"].Value), StringComparer.OrdinalIgnoreCase);
        var name = named["Name"].FirstOrDefault() ?? (ValueForm().Match(arguments) is { Success: true } first ? Unquoted(first.Value.Trim()) : "(no name)");
        return new(
            name,
            Enum.TryParse<DrillStep>(named["Step"].FirstOrDefault(), ignoreCase: true, out var step) ? step : DrillStep.Restore,
            named["Role"].FirstOrDefault(),
            PlanDuration.TryParse(named["Expected"].FirstOrDefault() ?? string.Empty, out var expected, out _) ? expected : null);
    }

    private static string Unquoted(string value) =>
        value.Length > 1 && value[0] == '\'' ? value[1..^1].Replace("''", "'", StringComparison.Ordinal)
        : value.Length > 1 && value[0] == '"' ? value[1..^1]
        : value;

    [GeneratedRegex(@"^\s*\.SYNOPSIS\s*\r?\n(?<text>.*?)(?=^\s*\.[A-Z]+|#>)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SynopsisForm();

    [GeneratedRegex(@"<#.*?#>|^\s*#[^\r\n]*", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex HelpForm();

    [GeneratedRegex(StepCmdlet + @"\b(?<arguments>[^\r\n]*)", RegexOptions.IgnoreCase)]
    private static partial Regex StepForm();

    [GeneratedRegex(@"-(?<name>Name|Role|Step|Expected)\s+(?<value>'(?:[^']|'')*'|""[^""]*""|[^\s{]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ParameterForm();

    [GeneratedRegex(@"^\s*(?:'(?:[^']|'')*'|""[^""]*""|[^\s{-][^\s{]*)")]
    private static partial Regex ValueForm();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}

/// <summary>A step that is written out in a runbook.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Step">What it belongs to.</param>
/// <param name="Role">Who does it.</param>
/// <param name="Expected">How long it should take.</param>
public sealed record RunbookTextStep(string Name, DrillStep Step, string? Role, TimeSpan? Expected);
