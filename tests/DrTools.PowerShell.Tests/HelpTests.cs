using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace DrTools.PowerShell.Tests;

public sealed class HelpTests
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";

    private static readonly XDocument Xml = XDocument.Load(Path.Combine(SourceTree.Module, "en-US", "DrTools.PowerShell.dll-Help.xml"));

    private static readonly string[] Sections = ["SYNOPSIS", "SYNTAX", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES", "RELATED LINKS"];

    public static TheoryData<string> Names => [.. CmdletMetadata.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_says_everything(string name)
    {
        var help = new MarkdownHelp(name);
        Assert.All(Sections, s => Assert.NotEmpty(help[s]));
        Assert.DoesNotContain("{{", help.Text, StringComparison.Ordinal);
        Assert.True(help.Examples.Count >= 2);
        Assert.All(help.Examples, e => Assert.Contains(name, e, StringComparison.Ordinal));
        Assert.All(help.Parameters, p => Assert.True(p.Description.EndsWith('.')));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_describes_the_parameters_that_there_are(string name)
    {
        var cmdlet = CmdletRulesTests.Find(name);
        var help = new MarkdownHelp(name);
        string[] added = cmdlet.SupportsShouldProcess ? ["Confirm", "WhatIf"] : [];
        Assert.Equal(cmdlet.Parameters.Select(p => p.Name).Concat(added).Distinct().Order(), help.Parameters.Select(p => p.Name).Order());
        foreach (var parameter in cmdlet.Parameters)
        {
            var page = help.Parameters.Single(p => p.Name == parameter.Name);
            if (parameter.Position is { } position)
            {
                // One that is at another position in another set is described once, with both.
                Assert.Contains($"Position: {position}\n", page.Yaml, StringComparison.Ordinal);
            }
            else
            {
                Assert.Contains("Position: Named\n", page.Yaml, StringComparison.Ordinal);
            }

            Assert.Equal(parameter.IsMandatory, page.IsRequired);
            Assert.Equal(parameter.IsFromPipeline, page.IsFromPipeline);
        }

        Assert.All(cmdlet.OutputTypes, t => Assert.Contains($"### {t.FullName}", help["OUTPUTS"], StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_no_page_without_a_cmdlet() => Assert.Equal(
        CmdletMetadata.All.Select(c => c.Name),
        Directory.GetFiles(SourceTree.PathOf("docs", "en-US"), "*-Dr*.md").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Fact]
    public void GetHelp_knows_the_same_cmdlets() => Assert.Equal(
        CmdletMetadata.All.Select(c => c.Name),
        Xml.Descendants(Command + "details").Select(d => d.Element(Command + "name")!.Value).Order(StringComparer.Ordinal));

    /// <summary>The XML is made from the pages by <c>build.ps1 -UpdateHelp</c>.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void GetHelp_says_what_the_page_says(string name)
    {
        var page = new MarkdownHelp(name);
        var help = Xml.Descendants(Command + "command").Single(c => c.Element(Command + "details")!.Element(Command + "name")!.Value == name);
        Assert.Equal(Words(page["SYNOPSIS"]), Words(help.Element(Command + "details")!.Element(Maml + "description")!));
        Assert.Equal(Words(page["DESCRIPTION"]), Words(help.Element(Maml + "description")!));
        Assert.Equal(Words(page["NOTES"]), Words(help.Element(Maml + "alertSet")!));
        var parameters = help.Element(Command + "parameters")!.Elements(Command + "parameter").ToDictionary(p => p.Element(Maml + "name")!.Value);
        Assert.Equal(page.Parameters.Select(p => p.Name).Order(), parameters.Keys.Order());
        Assert.All(page.Parameters, p => Assert.Equal(Words(p.Description), Words(parameters[p.Name].Element(Maml + "description")!)));
        var examples = help.Descendants(Command + "example").ToList();
        Assert.Equal(page.Examples.Count, examples.Count);
        Assert.All(page.Examples.Zip(examples), e => Assert.EndsWith(Words(e.First[(e.First.IndexOf('\n', StringComparison.Ordinal) + 1)..]), Words(e.Second), StringComparison.Ordinal));
    }

    [Fact]
    public void There_is_a_topic_about_the_module() =>
        Assert.StartsWith("TOPIC\n    about_DrTools\n", File.ReadAllText(SourceTree.PathOf("docs", "en-US", "about_DrTools.help.txt")), StringComparison.Ordinal);

    private static string Words(XElement element) => Words(string.Join('\n', element.Descendants(Maml + "para").Select(p => p.Value)));

    /// <summary>PlatyPS divides paragraphs by the control character U+0080.</summary>
    private static string Words(string text) => Regex.Replace(text, @"[\s\u0080]+", " ").Trim();
}
