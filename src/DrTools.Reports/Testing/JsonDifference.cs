using System.Globalization;
using System.Text.Json;

namespace DrTools.Reports.Testing;

/// <summary>Where two documents differ, by the path of each value.</summary>
internal static class JsonDifference
{
    /// <summary>The differences, as sentences.</summary>
    /// <param name="written">What a report says.</param>
    /// <param name="found">What follows from the records.</param>
    /// <param name="limit">How many at most.</param>
    public static IReadOnlyList<string> Between(JsonElement written, JsonElement found, int limit)
    {
        var differences = new List<string>();
        Compare(string.Empty, written, found, differences, limit);
        return differences;
    }

    private static void Compare(string path, JsonElement written, JsonElement found, List<string> differences, int limit)
    {
        if (differences.Count >= limit)
        {
            return;
        }

        if (written.ValueKind != found.ValueKind)
        {
            differences.Add(Sentence(path, Shown(written), Shown(found)));
            return;
        }

        switch (written.ValueKind)
        {
            case JsonValueKind.Object:
                CompareMembers(path, written, found, differences, limit);
                break;
            case JsonValueKind.Array:
                var (length, other) = (written.GetArrayLength(), found.GetArrayLength());
                if (length != other)
                {
                    differences.Add($"{Named(path)} has {Figures.Count(length, "entry", "entries")} in the report, and the records come to {other}.");
                }

                for (var i = 0; i < Math.Min(length, other); i++)
                {
                    Compare(string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), written[i], found[i], differences, limit);
                }

                break;
            default:
                if (Shown(written) != Shown(found))
                {
                    differences.Add(Sentence(path, Shown(written), Shown(found)));
                }

                break;
        }
    }

    private static void CompareMembers(string path, JsonElement written, JsonElement found, List<string> differences, int limit)
    {
        foreach (var member in written.EnumerateObject())
        {
            var name = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (found.TryGetProperty(member.Name, out var other))
            {
                Compare(name, member.Value, other, differences, limit);
            }
            else
            {
                differences.Add(Sentence(name, Shown(member.Value), "nothing"));
            }
        }

        foreach (var member in found.EnumerateObject().Where(m => !written.TryGetProperty(m.Name, out _)))
        {
            differences.Add(Sentence(path.Length == 0 ? member.Name : $"{path}.{member.Name}", "nothing", Shown(member.Value)));
        }
    }

    private static string Sentence(string path, string written, string found) => $"{Named(path)} is {written} in the report, and the records come to {found}.";

    private static string Named(string path) => path.Length == 0 ? "The whole" : path;

    private static string Shown(JsonElement value)
    {
        var text = value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? $"{{{value.ValueKind.ToString().ToLowerInvariant()}}}" : value.GetRawText();
        return text.Length <= 120 ? text : text[..120] + "…";
    }
}
