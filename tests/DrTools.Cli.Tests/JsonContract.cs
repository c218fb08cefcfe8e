using System.Text.Json;
using System.Text.RegularExpressions;

namespace DrTools.Cli.Tests;

/// <summary>The tables of docs/json.md, and what is compared with them. Also compiled into the tests of the providers.</summary>
internal static partial class JsonContract
{
    private static readonly Dictionary<string, List<(string Field, string Type)>> Contract = ReadContract();

    /// <summary>Fails unless a value has the fields and types of a section.</summary>
    public static void AssertIs(string section, JsonElement value)
    {
        Assert.True(Contract.ContainsKey(section), $"docs/json.md has no section {section}.");
        Assert.Equal(Contract[section].Select(f => f.Field), value.EnumerateObject().Select(p => p.Name));
        foreach (var (field, type) in Contract[section])
        {
            AssertHasType($"{section}.{field}", type, value.GetProperty(field));
        }
    }

    private static void AssertHasType(string where, string type, JsonElement value)
    {
        if (type.EndsWith(" or null", StringComparison.Ordinal))
        {
            if (value.ValueKind == JsonValueKind.Null)
            {
                return;
            }

            type = type[..^" or null".Length];
        }

        if (type.StartsWith("list of ", StringComparison.Ordinal))
        {
            Assert.True(value.ValueKind == JsonValueKind.Array, where);
            foreach (var item in value.EnumerateArray())
            {
                AssertHasType(where, type["list of ".Length..], item);
            }
        }
        else if (Link().Match(type) is { Success: true } link)
        {
            AssertIs(link.Groups[1].Value, value);
        }
        else
        {
            Assert.True(
                (type, value.ValueKind) switch
                {
                    ("string", JsonValueKind.String) or ("number", JsonValueKind.Number) or ("object of strings", JsonValueKind.Object) => true,
                    ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
                    ("time", JsonValueKind.String) => value.GetDateTimeOffset().Offset == TimeSpan.Zero,
                    _ => false,
                },
                $"{where} is declared as {type} and is {value.GetRawText()}.");
        }
    }

    private static Dictionary<string, List<(string Field, string Type)>> ReadContract()
    {
        var contract = new Dictionary<string, List<(string, string)>>();
        var section = string.Empty;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "json.md")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                contract[section = line[3..].ToLowerInvariant().Replace(' ', '-')] = [];
            }
            else if (Row().Match(line) is { Success: true } row && section.Length > 0)
            {
                contract[section].Add((row.Groups[1].Value, row.Groups[2].Value));
            }
        }

        return contract;
    }

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]+) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"^\[[^]]+\]\(#([a-z-]+)\)$")]
    private static partial Regex Link();
}
