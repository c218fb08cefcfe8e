using System.Diagnostics.CodeAnalysis;
using DrTools.Copies;
using DrTools.Plans.Yaml;
using DrTools.Retention;
using DrTools.Sources;

namespace DrTools.Plans.Shapes;

/// <summary>A path; relative ones start from the plan's folder.</summary>
internal sealed class PathShape : ScalarShape<string>
{
    public override string Expected => "a path";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Number("minLength", 1);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out string value)
    {
        value = node.Text.Length == 0 || node.Text.Contains('\0', StringComparison.Ordinal) ? null : reading.Absolute(node.Text);
        return value is not null || Refuse(node, reading, out value);
    }
}

/// <summary>Where a repository is.</summary>
internal sealed class LocationShape : ScalarShape<string>
{
    public override string Expected => "a folder, or a location such as s3://bucket/prefix";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Number("minLength", 1);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out string value)
    {
        value = node.Text.Contains("://", StringComparison.Ordinal) ? node.Text : node.Text.Length == 0 ? null : reading.Absolute(node.Text);
        return value is not null || Refuse(node, reading, out value);
    }
}

/// <summary>A source, written as for a backup; its path made absolute.</summary>
internal sealed class SourceShape : ScalarShape<string>
{
    private static readonly string[] SchemesOfPaths = ["files:", "sqlite:"];

    public override string Expected => $"a source, such as files:/etc, sqlite:/var/lib/shop.db or postgresql://db1:5432";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("pattern", "^[A-Za-z][A-Za-z0-9+.-]*:.");
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out string value)
    {
        var text = node.Text;
        if (Array.Find(SchemesOfPaths, s => text.StartsWith(s, StringComparison.OrdinalIgnoreCase)) is { } scheme && text.Length > scheme.Length)
        {
            text = scheme + reading.Absolute(text[scheme.Length..]);
        }

        try
        {
            _ = SourceRegistry.Parse(text);
            value = text;
            return true;
        }
        catch (DrException e)
        {
            reading.Problem(node.Position, e.Message, e.Remedy);
            value = null;
            return false;
        }
    }
}

/// <summary>A value of the engine that has a textual form, which the engine itself reads.</summary>
internal sealed class EngineShape<T>(string expected, string example, Func<string, T> parse) : ScalarShape<T>
    where T : class
{
    public override string Expected => expected;

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Examples(example);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out T value)
    {
        try
        {
            value = parse(node.Text);
            return true;
        }
        catch (DrException e)
        {
            reading.Problem(node.Position, e.Message, e.Remedy);
            value = null;
            return false;
        }
    }
}

/// <summary>The shapes that are needed in several places.</summary>
internal static class Any
{
    public static TextShape Text { get; } = new();

    public static SwitchShape Switch { get; } = new();

    public static DurationShape Duration { get; } = new();

    public static PathShape Path { get; } = new();

    public static SourceShape Source { get; } = new();

    public static LocationShape Location { get; } = new();

    public static SecretShape Secret { get; } = new();

    public static NumberShape Money { get; } = new(0, 1_000_000_000_000m, isWhole: false);

    public static ListShape<string> Texts { get; } = new(Text);

    public static EngineShape<RetentionRule> RetentionRule { get; } = new("a rule of retention", "daily=30,weekly=12,monthly=84", Retention.RetentionRule.Parse);

    public static EngineShape<CopyRule> CopyRule { get; } = new("a rule for copies", "3-2-1", Copies.CopyRule.Parse);

    public static EngineShape<CronExpression> Cron { get; } = new("times as cron has them", "30 2 * * *", text => CronExpression.TryParse(text, out var problem)
        ?? throw new DrException(DrError.BadUsage, problem + ".", $"Write {CronExpression.Syntax}."));

    public static ListShape<string> Names(NameKind kind) => new(new NameShape(kind));
}
