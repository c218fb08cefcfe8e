using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrTools.Drills.History;

/// <summary>Serialisers of what is kept, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(DrillResult))]
internal sealed partial class DrillJson : JsonSerializerContext;
