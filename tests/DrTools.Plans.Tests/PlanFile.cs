using System.Text;
using System.Text.RegularExpressions;

namespace DrTools.Plans.Tests;

/// <summary>Plans for tests.</summary>
internal static partial class PlanFile
{
    /// <summary>The least that is a plan.</summary>
    public const string Least = """
        version: 1
        name: Least
        repositories:
          local:
            location: repo
        services:
          shop:
            tier: critical
            sources:
              - source: files:data
                repositories: local
        """;

    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void Register() => PostgreSql.PostgreSqlProvider.Register();

    /// <summary>The example of docs/plans.md.</summary>
    public static string Example { get; } = Yaml().Match(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "plans.md"))).Groups[1].Value;

    /// <summary>Reads a text as the plan /plans/dr.yaml.</summary>
    public static PlanReadResult Read(string text) => PlanLoader.Read("/plans/dr.yaml", Encoding.UTF8.GetBytes(text));

    /// <summary>A plan that must be sound.</summary>
    public static RecoveryPlan Load(string text)
    {
        var result = Read(text);
        Assert.Empty(result.Problems);
        return result.Plan!;
    }

    /// <summary>Problems as <c>line:column message</c>.</summary>
    public static IReadOnlyList<string> Problems(string text)
    {
        var result = Read(text);
        Assert.Null(result.Plan);
        Assert.All(result.Problems, p =>
        {
            Assert.Equal("/plans/dr.yaml", p.File);
            Assert.EndsWith(".", p.Remedy, StringComparison.Ordinal);
        });
        return [.. result.Problems.Select(p => $"{p.Line}:{p.Column} {p.Message}")];
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
