using System.Text.RegularExpressions;

namespace DrTools.PowerShell.Tests;

/// <summary>A help page of <c>docs/en-US</c>, in the format of PlatyPS.</summary>
internal sealed class MarkdownHelp
{
    private readonly Dictionary<string, string> _sections = [];

    public MarkdownHelp(string cmdlet)
    {
        Text = File.ReadAllText(SourceTree.PathOf("docs", "en-US", cmdlet + ".md"));
        var parts = Regex.Split(Text, "^## (.+)$", RegexOptions.Multiline);
        for (var i = 1; i < parts.Length; i += 2)
        {
            _sections.Add(parts[i], parts[i + 1].Trim());
        }

        Parameters = [.. Split("PARAMETERS", "^### -")
            .Select(p => Regex.Match(p, @"\A(\w+)\n\n(.*?)\n\n```yaml\n(.*?)```", RegexOptions.Singleline))
            .Where(m => m.Success)
            .Select(m => new MarkdownParameter(m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value))];
    }

    public string Text { get; }

    public IReadOnlyList<MarkdownParameter> Parameters { get; }

    public IReadOnlyList<string> Examples => [.. Split("EXAMPLES", @"^### Example \d+: ")];

    public string this[string section] => _sections[section];

    private IEnumerable<string> Split(string section, string heading) => Regex.Split(this[section], heading, RegexOptions.Multiline).Skip(1);
}

/// <summary>A parameter as a help page describes it.</summary>
internal sealed record MarkdownParameter(string Name, string Description, string Yaml)
{
    public bool IsRequired => Yaml.Contains("IsRequired: true", StringComparison.Ordinal);

    public bool IsFromPipeline => Yaml.Contains("ValueFromPipeline: true", StringComparison.Ordinal);

    public int? Position => Regex.Match(Yaml, @"Position: (\d+)") is { Success: true } match ? int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : null;
}
