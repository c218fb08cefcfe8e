using System.Text.Json;
using DrTools.Plans.Keys;
using DrTools.Plans.Shapes;

namespace DrTools.Plans.Tests;

public sealed class SchemaTests
{
    [Fact]
    public void The_published_schema_is_what_the_reader_follows() => Assert.True(
        PlanLoader.Schema == File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "dr.schema.json")),
        "docs/dr.schema.json is not up to date. Make it anew: drtools plan schema > docs/dr.schema.json");

    [Fact]
    public void Every_reference_in_it_leads_somewhere_and_every_key_is_described()
    {
        using var schema = JsonDocument.Parse(PlanLoader.Schema);
        var definitions = schema.RootElement.GetProperty("$defs");
        Visit(schema.RootElement);

        void Visit(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                element.EnumerateArray().ToList().ForEach(Visit);
            }
            else if (element.ValueKind == JsonValueKind.Object)
            {
                if (element.TryGetProperty("$ref", out var reference))
                {
                    Assert.True(definitions.TryGetProperty(reference.GetString()!["#/$defs/".Length..], out _));
                }

                if (element.TryGetProperty("properties", out var properties))
                {
                    Assert.All(properties.EnumerateObject(), p => Assert.EndsWith(".", p.Value.GetProperty("description").GetString(), StringComparison.Ordinal));
                }

                element.EnumerateObject().ToList().ForEach(p => Visit(p.Value));
            }
        }
    }

    /// <summary>A key that the schema offers and nobody reads would be a promise that is not kept.</summary>
    [Fact]
    public void Every_key_of_it_is_read()
    {
        var unread = new List<string>();
        KeyValues.Made = (shape, values) => unread.AddRange(values.Unasked.Select(k => $"{shape}.{k.Name}"));
        try
        {
            PlanFile.Load(PlanFile.Example);
        }
        finally
        {
            KeyValues.Made = null;
        }

        Assert.Empty(unread.Distinct());
        Assert.NotEmpty(PlanKeys.Plan.Keys);
    }
}
