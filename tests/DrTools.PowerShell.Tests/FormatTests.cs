using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DrTools.Aws;
using DrTools.Drills;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.PowerShell.Commands;
using DrTools.Reports;

namespace DrTools.PowerShell.Tests;

public sealed class FormatTests
{
    private const int Columns = 100;
    private const int LeastForTheLastColumn = 12;

    private readonly XDocument _views = XDocument.Load(Path.Combine(SourceTree.Module, "DrTools.Format.ps1xml"));

    public static TheoryData<string> OutputTypes => [.. CmdletMetadata.All.SelectMany(c => c.OutputTypes).Where(t => t != typeof(bool)).Distinct().Select(t => t.FullName!)];

    [Theory]
    [MemberData(nameof(OutputTypes))]
    public void Every_output_type_has_a_view(string type) =>
        Assert.Contains(type, _views.Descendants("TypeName").Select(e => e.Value));

    [Fact]
    public void Every_view_is_of_a_type_that_exists() =>
        Assert.All(_views.Descendants("TypeName"), e => Assert.NotNull(Find(e.Value)));

    [Fact]
    public void Every_property_shown_exists()
    {
        foreach (var view in _views.Descendants("View"))
        {
            var type = Find(view.Descendants("TypeName").Single().Value)!;
            Assert.All(view.Descendants("PropertyName"), p => Assert.NotNull(type.GetProperty(p.Value)));

            // Inside of a nested script block $_ is something else.
            var scripts = view.Descendants("ScriptBlock").Select(s => Regex.Replace(s.Value, @"\{(?:[^{}]|(?<open>\{)|(?<-open>\}))*(?(open)(?!))\}", string.Empty));
            Assert.All(scripts.SelectMany(s => Regex.Matches(s, @"\$_\.(\w+)")), m => Assert.NotNull(type.GetProperty(m.Groups[1].Value)));
        }
    }

    [Fact]
    public void Tables_fit_into_a_hundred_columns() => Assert.All(_views.Descendants("TableControl"), table =>
    {
        var headers = table.Descendants("TableColumnHeader").ToList();
        Assert.Equal(headers.Count, table.Descendants("TableColumnItem").Count());
        Assert.True(headers.Sum(h => ((int?)h.Element("Width") ?? LeastForTheLastColumn) + 1) - 1 <= Columns);
        Assert.All(headers.SkipLast(1), h => Assert.NotNull(h.Element("Width")));
    });

    /// <summary>The text that the compiler writes for a record shows every property: of one that leads to another of its kind
    /// it has no end, and PowerShell, which asks for it, dies.</summary>
    [Fact]
    public void No_record_shows_itself_for_ever()
    {
        var endless = new[] { typeof(CancellableCommand), typeof(DrException), typeof(PostgreSqlProvider), typeof(RecoveryPlan), typeof(DrillResult) }
            .SelectMany(t => t.Assembly.GetTypes())
            .Where(t => t.GetMethod("ToString", BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly, [])?.GetCustomAttribute<CompilerGeneratedAttribute>() is not null)
            .Where(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(p => p.PropertyType == t && p.GetMethod?.GetCustomAttribute<CompilerGeneratedAttribute>() is null));
        Assert.Empty(endless);
    }

    private static Type? Find(string name) =>
        typeof(CancellableCommand).Assembly.GetType(name) ?? typeof(DrException).Assembly.GetType(name) ?? typeof(PostgreSqlProvider).Assembly.GetType(name)
        ?? typeof(AwsProvider).Assembly.GetType(name) ?? typeof(RecoveryPlan).Assembly.GetType(name) ?? typeof(DrillResult).Assembly.GetType(name) ?? typeof(Report).Assembly.GetType(name);
}
