using System.Diagnostics.CodeAnalysis;
using DrTools.Plans.Yaml;

namespace DrTools.Plans.Shapes;

/// <summary>A key of an object.</summary>
internal abstract class Key(string name, string description, bool isRequired)
{
    public string Name => name;

    /// <summary>What it means, as a sentence, for editors.</summary>
    public string Description => description;

    public bool IsRequired => isRequired;

    public abstract bool TryRead(PlanNode node, PlanReading reading, [MaybeNullWhen(false)] out object value);

    public abstract void Describe(SchemaWriter schema);
}

/// <summary>A key with values of a type.</summary>
internal sealed class Key<T>(string name, Shape<T> shape, string description, bool isRequired = false) : Key(name, description, isRequired)
    where T : notnull
{
    public override bool TryRead(PlanNode node, PlanReading reading, [MaybeNullWhen(false)] out object value)
    {
        var read = shape.TryRead(node, reading, out var typed);
        value = read ? typed : null;
        return read;
    }

    public override void Describe(SchemaWriter schema) => shape.Describe(schema);
}

/// <summary>What was read of an object.</summary>
internal sealed class KeyValues(PlanPosition position, IReadOnlyList<Key> declared, PlanReading reading)
{
    private readonly Dictionary<Key, (object Value, PlanPosition Position)> _values = [];
    private readonly HashSet<Key> _asked = [];

    /// <summary>Called in tests when an object was made of keys: all of them must have been asked for.</summary>
    [ThreadStatic]
    internal static Action<string, KeyValues>? Made;

    /// <summary>Where the object begins.</summary>
    public PlanPosition Position => position;

    public PlanReading Reading => reading;

    /// <summary>The key that the object is the value of: its name, where names are keys.</summary>
    public string Name => reading.Step;

    /// <summary>Keys that nobody has asked for.</summary>
    public IEnumerable<Key> Unasked => declared.Except(_asked);

    public void Set(Key key, object value, PlanPosition where) => _values[key] = (value, where);

    public bool Has(Key key) => _values.ContainsKey(key);

    public PlanPosition PositionOf(Key key) => _values.TryGetValue(key, out var value) ? value.Position : position;

    public T? Get<T>(Key<T> key)
        where T : class => Find(key) as T;

    /// <summary>A key that the shape requires.</summary>
    public T Required<T>(Key<T> key)
        where T : notnull => (T)Find(key)!;

    public T Or<T>(Key<T> key, T otherwise)
        where T : notnull => Find(key) is T value ? value : otherwise;

    public IReadOnlyList<T> List<T>(Key<IReadOnlyList<T>> key) => Find(key) as IReadOnlyList<T> ?? [];

    public T? Maybe<T>(Key<T> key)
        where T : struct => Find(key) is T value ? value : null;

    private object? Find(Key key)
    {
        if (!declared.Contains(key))
        {
            throw new InvalidOperationException($"The key '{key.Name}' does not belong to this object.");
        }

        _asked.Add(key);
        return _values.TryGetValue(key, out var value) ? value.Value : null;
    }
}

/// <summary>An object with known keys.</summary>
/// <param name="name">Its name in the schema.</param>
/// <param name="keys">The keys, in the order in which they are best written.</param>
/// <param name="make">Makes it; <see langword="null"/> after telling what is wrong.</param>
internal sealed class ObjectShape<T>(string name, IReadOnlyList<Key> keys, Func<KeyValues, T?> make) : Shape<T>, IObjectShape
    where T : class
{
    /// <summary>Keys of which exactly one is needed.</summary>
    public IReadOnlyList<Key> ExactlyOneOf { get; init; } = [];

    /// <summary>Keys of which at most one may be there.</summary>
    public IReadOnlyList<Key> AtMostOneOf { get; init; } = [];

    public string Name => name;

    public IReadOnlyList<Key> Keys => keys;

    public override bool TryRead(PlanNode node, PlanReading reading, [MaybeNullWhen(false)] out T value)
    {
        value = null;
        if (node is not MappingNode mapping)
        {
            reading.Problem(node.Position, $"This is {node.Kind}, and keys with values are expected: {Words.List(keys.Select(k => k.Name))}.", "Write the keys below one another, each with a colon and its value.");
            return false;
        }

        var values = new KeyValues(reading.StepPosition, keys, reading);
        var sound = ReadEntries(mapping, reading, values) & CheckCounts(mapping, reading);
        if (!sound)
        {
            return false;
        }

        value = make(values);
        KeyValues.Made?.Invoke(name, values);
        return value is not null;
    }

    public override void Describe(SchemaWriter schema) => schema.Definition(this);

    public void DescribeKeys(SchemaWriter schema)
    {
        schema.Type("object");
        schema.False("additionalProperties");
        schema.Strings("required", keys.Where(k => k.IsRequired).Select(k => k.Name));
        if (ExactlyOneOf.Count > 0)
        {
            schema.OneOfRequired(ExactlyOneOf.Select(k => k.Name));
        }

        if (AtMostOneOf.Count > 0)
        {
            schema.NotTogether(AtMostOneOf.Select(k => k.Name));
        }

        schema.Object("properties", () =>
        {
            foreach (var key in keys)
            {
                schema.Object(key.Name, () =>
                {
                    schema.Text("description", key.Description);
                    key.Describe(schema);
                });
            }
        });
    }

    private bool ReadEntries(MappingNode mapping, PlanReading reading, KeyValues values)
    {
        var (sound, seen) = (true, new Dictionary<string, PlanPosition>(StringComparer.Ordinal));
        foreach (var (key, content) in mapping.Entries)
        {
            sound &= reading.Within(key.Text, key.Position, () => ReadEntry(key, content));
        }

        return sound;

        bool ReadEntry(ScalarNode key, PlanNode content)
        {
            if (!seen.TryAdd(key.Text, key.Position))
            {
                reading.Problem(key.Position, $"The key '{key.Text}' is here twice; the other is in line {seen[key.Text].Line}.", "Remove one of them.");
                return false;
            }

            if (keys.FirstOrDefault(k => k.Name == key.Text) is not { } known)
            {
                reading.Problem(key.Position, $"There is no key '{key.Text}' here.{Words.Suggest(key.Text, keys.Select(k => k.Name))}", $"The keys are {Words.List(keys.Select(k => k.Name))}.");
                return false;
            }

            if (!known.TryRead(content, reading, out var value))
            {
                return false;
            }

            values.Set(known, value, content.Position);
            return true;
        }
    }

    private bool CheckCounts(MappingNode mapping, PlanReading reading)
    {
        var given = mapping.Entries.Select(e => e.Key.Text).ToHashSet(StringComparer.Ordinal);
        var missing = keys.Where(k => k.IsRequired && !given.Contains(k.Name)).ToList();
        foreach (var key in missing)
        {
            reading.Problem(reading.StepPosition, $"The key '{key.Name}' is missing.", $"Add it: {Lower(key.Description)}");
        }

        var one = ExactlyOneOf.Count(k => given.Contains(k.Name));
        if (ExactlyOneOf.Count > 0 && one != 1)
        {
            reading.Problem(reading.StepPosition, $"Of the keys {Words.List(ExactlyOneOf.Select(k => k.Name))} exactly one is needed, and there {(one == 0 ? "is none" : "are several")}.", $"Write one of them.");
        }

        var most = AtMostOneOf.Count(k => given.Contains(k.Name));
        if (most > 1)
        {
            reading.Problem(reading.StepPosition, $"Of the keys {Words.List(AtMostOneOf.Select(k => k.Name))} only one can be given.", "Remove the others.");
        }

        return missing.Count == 0 && (ExactlyOneOf.Count == 0 || one == 1) && most <= 1;
    }

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];
}

/// <summary>An object, as the schema sees it.</summary>
internal interface IObjectShape
{
    string Name { get; }

    IReadOnlyList<Key> Keys { get; }

    void DescribeKeys(SchemaWriter schema);
}
