namespace DrTools.Cli.Json;

/// <summary>How single values stand in a document.</summary>
internal static class Scalars
{
    /// <summary>Seconds, to the millisecond.</summary>
    public static double Seconds(TimeSpan duration) => Math.Round(duration.TotalSeconds, 3);

    /// <summary>Seconds, to the millisecond, where there are any.</summary>
    public static double? Seconds(TimeSpan? duration) => duration is { } known ? Seconds(known) : null;

    /// <summary>A member of an enumeration, in camelCase.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
