using System.Text.RegularExpressions;

namespace DrTools.PostgreSql.Tables;

/// <summary>The name of a table, or of another object that a schema holds.</summary>
/// <param name="Schema">The schema, as the catalogue spells it.</param>
/// <param name="Name">The name, as the catalogue spells it.</param>
public readonly partial record struct QualifiedName(string Schema, string Name)
{
    /// <summary>The name for statements: both parts quoted.</summary>
    public string Sql => $"{Quote(Schema)}.{Quote(Name)}";

    /// <summary>Reads a name as SQL writes it: <c>orders</c>, <c>sales.orders</c>, <c>"Sales"."Order items"</c>. Without
    /// quotes upper case is kept, for what is meant is a name and not an expression.</summary>
    /// <param name="text">The name.</param>
    /// <param name="schema">The schema where none is written.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static QualifiedName Parse(string text, string schema = "public")
    {
        var match = Form().Match(text ?? string.Empty);
        return match.Success
            ? new QualifiedName(match.Groups["schema"].Success ? Unquote(match.Groups["schema"].Value) : schema, Unquote(match.Groups["name"].Value))
            : throw new DrException(DrError.BadUsage, $"'{text}' is not the name of a table.", "Write schema.table, with double quotes around parts that hold dots or quotes.");
    }

    /// <summary>An identifier for statements.</summary>
    public static string Quote(string identifier) => $"\"{identifier?.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string for statements.</summary>
    public static string Literal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var doubled = text.Replace("'", "''", StringComparison.Ordinal);
        return text.Contains('\\', StringComparison.Ordinal) ? $" E'{doubled.Replace("\\", "\\\\", StringComparison.Ordinal)}'" : $"'{doubled}'";
    }

    /// <summary>The name for people: quoted only where it would be read differently otherwise.</summary>
    public override string ToString() => $"{Show(Schema)}.{Show(Name)}";

    private static string Show(string part) => PlainForm().IsMatch(part) ? part : Quote(part);

    private static string Unquote(string part) =>
        part.StartsWith('"') ? part[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : part;

    [GeneratedRegex("""^(?:(?<schema>"(?:[^"]|"")+"|[^".]+)\.)?(?<name>"(?:[^"]|"")+"|[^".]+)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    [GeneratedRegex("""^[^".\s]+$""")]
    private static partial Regex PlainForm();
}
