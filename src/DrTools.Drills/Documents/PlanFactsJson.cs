using System.Text.Json.Serialization;

namespace DrTools.Documents;

/// <summary>Serialisers of what documents carry, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PlanFacts))]
internal sealed partial class PlanFactsJson : JsonSerializerContext;
