using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DrTools.Plans.Shapes;

/// <summary>Writes the JSON Schema (draft 2020-12) of shapes.</summary>
internal sealed class SchemaWriter
{
    private readonly Utf8JsonWriter _json;
    private readonly Queue<IObjectShape> _pending = new();
    private readonly Dictionary<string, IObjectShape> _known = [];

    private SchemaWriter(Utf8JsonWriter json) => _json = json;

    /// <summary>The schema whose root is an object.</summary>
    public static string Write(IObjectShape root, string title)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            var writer = new SchemaWriter(json);
            json.WriteStartObject();
            writer.Text("$schema", "https://json-schema.org/draft/2020-12/schema");
            writer.Text("title", title);
            root.DescribeKeys(writer);
            writer.Object("$defs", writer.WriteDefinitions);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    public void Text(string name, string value) => _json.WriteString(name, value);

    public void Number(string name, decimal value) => _json.WriteNumber(name, value);

    public void False(string name) => _json.WriteBoolean(name, false);

    public void Type(params string[] types)
    {
        if (types.Length == 1)
        {
            Text("type", types[0]);
        }
        else
        {
            Strings("type", types);
        }
    }

    public void Strings(string name, IEnumerable<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
        {
            _json.WriteStringValue(value);
        }

        _json.WriteEndArray();
    }

    public void Enumeration(IEnumerable<string> values) => Strings("enum", values);

    public void Examples(string example) => Strings("examples", [example]);

    public void Object(string name, Action content)
    {
        _json.WriteStartObject(name);
        content();
        _json.WriteEndObject();
    }

    public void Either(params Action[] alternatives)
    {
        _json.WriteStartArray("anyOf");
        foreach (var alternative in alternatives)
        {
            _json.WriteStartObject();
            alternative();
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    public void OneOfRequired(IEnumerable<string> names)
    {
        _json.WriteStartArray("oneOf");
        foreach (var name in names)
        {
            _json.WriteStartObject();
            Strings("required", [name]);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    /// <summary>No two of these keys go together.</summary>
    public void NotTogether(IEnumerable<string> names)
    {
        var all = names.ToList();
        Object("not", () => Either([.. all.SelectMany((one, i) => all.Skip(i + 1).Select(other => (Action)(() => Strings("required", [one, other]))))]));
    }

    /// <summary>Refers to an object, which is described once.</summary>
    public void Definition(IObjectShape shape)
    {
        if (_known.TryAdd(shape.Name, shape))
        {
            _pending.Enqueue(shape);
        }
        else if (_known[shape.Name].Keys != shape.Keys)
        {
            throw new InvalidOperationException($"Two shapes are called {shape.Name}.");
        }

        Text("$ref", "#/$defs/" + shape.Name);
    }

    private void WriteDefinitions()
    {
        while (_pending.TryDequeue(out var shape))
        {
            Object(shape.Name, () => shape.DescribeKeys(this));
        }
    }
}
