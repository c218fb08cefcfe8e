using System.Text.Json.Serialization;

namespace DrTools.Drills.Actions;

/// <summary>What somebody says of an improvement action. What is <see langword="null"/> stays as it was.</summary>
public sealed record ActionChange
{
    /// <summary>How far it is; anything but <see cref="ActionStatus.Closed"/>, which only a drill can say.</summary>
    public ActionStatus? Status { get; init; }

    /// <summary>Who takes care of it; an empty text for nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Until which day.</summary>
    public DateOnly? Due { get; init; }

    /// <summary>A note: what was done, why it is dropped.</summary>
    public string? Note { get; init; }

    /// <summary>What is to be done; of one that somebody writes down.</summary>
    public string? Title { get; init; }

    /// <summary>What is wrong; of one that somebody writes down.</summary>
    public string? Problem { get; init; }
}

/// <summary>A change as it is kept: with who made it, and when.</summary>
internal sealed record ActionEntry
{
    public required string Id { get; init; }

    public required string Action { get; init; }

    public required string Service { get; init; }

    /// <summary>UTC.</summary>
    public required DateTimeOffset At { get; init; }

    public required string User { get; init; }

    public required string Host { get; init; }

    public required ActionChange Change { get; init; }
}

/// <summary>Serialisers of what is kept, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ActionEntry))]
internal sealed partial class ActionJson : JsonSerializerContext;
