using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrTools.Reports;

/// <summary>Reports as JSON, generated at build time: durations are seconds, members of enumerations stand by their names, and every member is always
/// there.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>Spans of time as seconds, exact to the tick.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var seconds = reader.GetDecimal();
        return Math.Abs(seconds) > (decimal)TimeSpan.MaxValue.TotalSeconds - 1
            ? throw new JsonException($"{seconds.ToString(CultureInfo.InvariantCulture)} seconds are no span of time.")
            : TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((decimal)value.Ticks / TimeSpan.TicksPerSecond);
}
