using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using DrTools.Plans.Yaml;

namespace DrTools.Plans.Shapes;

/// <summary>A text.</summary>
internal sealed class TextShape : ScalarShape<string>
{
    public override string Expected => "a text";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string", "number", "boolean");
        schema.Number("minLength", 1);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out string value)
    {
        value = node.Text.Trim();
        return value.Length > 0 || Refuse(node, reading, out value);
    }
}

/// <summary>Yes or no.</summary>
internal sealed class SwitchShape : ScalarShape<bool>
{
    public override string Expected => "true or false";

    public override void Describe(SchemaWriter schema) => schema.Type("boolean");

    protected override bool TryParse(ScalarNode node, PlanReading reading, out bool value)
    {
        value = node.Text == "true";
        return (node.IsPlain && node.Text is "true" or "false") || Refuse(node, reading, out value);
    }
}

/// <summary>A number within bounds.</summary>
internal sealed class NumberShape(decimal minimum, decimal maximum, bool isWhole) : ScalarShape<decimal>
{
    public override string Expected => string.Create(CultureInfo.InvariantCulture, $"a {(isWhole ? "whole " : string.Empty)}number from {minimum} to {maximum}");

    public override void Describe(SchemaWriter schema)
    {
        schema.Type(isWhole ? "integer" : "number");
        schema.Number("minimum", minimum);
        schema.Number("maximum", maximum);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, out decimal value) =>
        (node.IsPlain && decimal.TryParse(node.Text, isWhole ? NumberStyles.None : NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value >= minimum && value <= maximum)
        || Refuse(node, reading, out value, node.IsPlain ? null : $"Write {Expected}, without quotes.");
}

/// <summary>One of a few words.</summary>
internal sealed class WordShape<T> : ScalarShape<T>
    where T : struct, Enum
{
    private static readonly T[] Members = Enum.GetValues<T>();
    private static readonly string[] Known = [.. Members.Select(m => Words.Key(m.ToString()))];

    public override string Expected => $"one of {Words.List(Known)}";

    public override void Describe(SchemaWriter schema) => schema.Enumeration(Known);

    protected override bool TryParse(ScalarNode node, PlanReading reading, out T value)
    {
        var index = Array.IndexOf(Known, node.Text);
        value = index < 0 ? default : Members[index];
        return index >= 0 || Refuse(node, reading, out value, Spelling.Closest(node.Text, Known) is { } closest ? $"Did you mean '{closest}'? The words are {Words.List(Known)}." : null);
    }
}

/// <summary>A duration.</summary>
internal sealed class DurationShape : ScalarShape<TimeSpan>
{
    /// <summary>What <see cref="PlanDuration"/> reads.</summary>
    public const string Pattern = "^(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?$";

    public override string Expected => $"a duration: {PlanDuration.Syntax}";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("pattern", Pattern);
        schema.Number("minLength", 2);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, out TimeSpan value)
    {
        if (PlanDuration.TryParse(node.Text, out value, out var problem))
        {
            return true;
        }

        reading.Problem(node.Position, char.ToUpperInvariant(problem.What[0]) + problem.What[1..] + ".", problem.Remedy + ".");
        return false;
    }
}

/// <summary>A day.</summary>
internal sealed class DateShape : ScalarShape<DateOnly>
{
    public override string Expected => "a day as 2026-11-21";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("format", "date");
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, out DateOnly value) =>
        DateOnly.TryParseExact(node.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out value) || Refuse(node, reading, out value);
}

/// <summary>A zone of time.</summary>
internal sealed class TimeZoneShape : ScalarShape<TimeZoneInfo>
{
    public override string Expected => "a time zone such as Europe/Berlin or UTC";

    public override void Describe(SchemaWriter schema) => schema.Type("string");

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out TimeZoneInfo value) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(node.Text, out value) || Refuse(node, reading, out value, "Write the name of a zone as the system knows it (timedatectl list-timezones).");
}

/// <summary>An address of the World Wide Web.</summary>
internal sealed class WebAddressShape : ScalarShape<Uri>
{
    public override string Expected => "an address that begins with http:// or https://";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("pattern", "^https?://.");
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out Uri value)
    {
        if (!Uri.TryCreate(node.Text, UriKind.Absolute, out value) || value.Scheme is not ("http" or "https"))
        {
            return Refuse(node, reading, out value);
        }

        if (value.UserInfo.Length == 0)
        {
            return true;
        }

        reading.Problem(node.Position, "The address holds a user or password, which has no place in a plan.", "Remove what stands before the @.");
        return false;
    }
}

/// <summary>An address of a host.</summary>
internal sealed class HostAddressShape : ScalarShape<IPAddress>
{
    public override string Expected => "an address such as 192.0.2.10 or 2001:db8::1";

    public override void Describe(SchemaWriter schema) => schema.Type("string");

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out IPAddress value) =>
        IPAddress.TryParse(node.Text, out value) || Refuse(node, reading, out value);
}

/// <summary>The name of something of the plan.</summary>
internal sealed class NameShape(NameKind kind) : ScalarShape<string>
{
    public const string Pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$";

    public override string Expected => $"the name of a {Words.Of(kind)}";

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("pattern", Pattern);
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out string value)
    {
        reading.Refer(kind, value = node.Text, node.Position);
        return true;
    }
}

/// <summary>Where a secret lies. What stands here instead may be the secret, so no message shows it.</summary>
internal sealed class SecretShape : ScalarShape<SecretReference>
{
    public override string Expected => "a reference to a secret: env:NAME, file:PATH or vault:NAME";

    protected override bool IsSecret => true;

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("string");
        schema.Text("pattern", "^(env|file|vault):.");
    }

    protected override bool TryParse(ScalarNode node, PlanReading reading, [MaybeNullWhen(false)] out SecretReference value)
    {
        var colon = node.Text.IndexOf(':', StringComparison.Ordinal);
        var name = node.Text[(colon + 1)..].Trim();
        value = (colon < 0 || name.Length == 0 ? null : node.Text[..colon]) switch
        {
            "env" when IsVariable(name) => new SecretReference(SecretPlace.Environment, name),
            "file" => new SecretReference(SecretPlace.File, reading.Absolute(name)),
            "vault" => new SecretReference(SecretPlace.Vault, name),
            _ => null,
        };
        return value is not null || Refuse(
            node,
            reading,
            out value,
            "Put the secret into a file that only its owner can read and write file:PATH, or name a variable with env:NAME. If this was the secret itself, change it: others may have seen the plan.");
    }

    private static bool IsVariable(string name) => !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
