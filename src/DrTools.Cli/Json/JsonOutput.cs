using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DrTools.Cli.Json;

/// <summary>Writes the documents of docs/json.md.</summary>
internal static class JsonOutput
{
    /// <summary>Writes the one document of a command to stdout, as UTF-8 whatever the terminal's encoding.</summary>
    public static void WriteDocument<T>(T document, JsonTypeInfo<T> type)
    {
        using var stream = Console.OpenStandardOutput();
        JsonSerializer.Serialize(stream, document, type);
        stream.Write("\n"u8);
    }

    /// <summary>Writes an object as one line.</summary>
    public static void WriteLine<T>(TextWriter writer, T value, JsonTypeInfo<T> type) =>
        writer.WriteLine(JsonSerializer.Serialize(value, type));
}
