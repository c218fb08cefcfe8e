using DrTools.Plans.Yaml;

namespace DrTools.Plans.Shapes;

/// <summary>A list. A single value stands for a list of one.</summary>
internal sealed class ListShape<T>(Shape<T> item, int minimum = 1) : Shape<IReadOnlyList<T>>
{
    public override bool TryRead(PlanNode node, PlanReading reading, out IReadOnlyList<T> value)
    {
        var items = node is SequenceNode list ? list.Items : [node];
        var (read, sound) = (new List<T>(), items.Count >= minimum);
        value = read;
        if (!sound)
        {
            reading.Problem(node.Position, "The list is empty.", "Write what belongs into it, or leave the key out.");
        }

        for (var i = 0; i < items.Count; i++)
        {
            var one = items[i];
            var isRead = node is SequenceNode ? reading.Within($"[{i}]", one.Position, () => TryAdd(one)) : TryAdd(one);
            sound &= isRead;
        }

        return sound;

        bool TryAdd(PlanNode one)
        {
            if (!item.TryRead(one, reading, out var element))
            {
                return false;
            }

            read.Add(element);
            return true;
        }
    }

    public override void Describe(SchemaWriter schema) => schema.Either(
        () => item.Describe(schema),
        () =>
        {
            schema.Type("array");
            schema.Number("minItems", minimum);
            schema.Object("items", () => item.Describe(schema));
        });
}

/// <summary>Names with what they mean.</summary>
internal sealed class MapShape<T>(NameKind? kind, string pattern, string whatNamesAre, Shape<T> value) : Shape<IReadOnlyList<T>>
{
    private readonly System.Text.RegularExpressions.Regex _names = new(pattern, System.Text.RegularExpressions.RegexOptions.CultureInvariant);

    public override bool TryRead(PlanNode node, PlanReading reading, out IReadOnlyList<T> result)
    {
        var (read, sound) = (new List<T>(), true);
        result = read;
        if (node is not MappingNode mapping)
        {
            reading.Problem(node.Position, $"This is {node.Kind}, and {whatNamesAre} with colons are expected, each with what belongs to it.", "Write a name, a colon, and what belongs to it below, indented.");
            return false;
        }

        var seen = new Dictionary<string, PlanPosition>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, content) in mapping.Entries)
        {
            sound &= reading.Within(key.Text, key.Position, () => TryAdd(key, content));
        }

        return sound;

        bool TryAdd(ScalarNode key, PlanNode content)
        {
            var isNew = kind is { } named ? reading.Declare(named, key.Text, key.Position) : seen.TryAdd(key.Text, key.Position);
            if (kind is null && !isNew)
            {
                reading.Problem(key.Position, $"'{key.Text}' is here twice; the other is in line {seen[key.Text].Line}.", "Remove one of them.");
            }

            if (!_names.IsMatch(key.Text))
            {
                reading.Problem(key.Position, $"'{key.Text}' cannot be a name here.", "Begin with a letter or digit, and use letters, digits, dots, hyphens and underscores only.");
                isNew = false;
            }

            if (!value.TryRead(content, reading, out var element))
            {
                return false;
            }

            read.Add(element);
            return isNew;
        }
    }

    public override void Describe(SchemaWriter schema)
    {
        schema.Type("object");
        schema.Object("propertyNames", () => schema.Text("pattern", pattern));
        schema.Object("additionalProperties", () => value.Describe(schema));
    }
}
