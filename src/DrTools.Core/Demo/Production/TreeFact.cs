using System.Globalization;

namespace DrTools.Demo.Production;

/// <summary>Everything about one entry of a file tree that a restore has to bring back.</summary>
internal sealed record TreeFact
{
    public required char Kind { get; init; }

    /// <summary>Size in bytes; 0 for folders, whose size is the file system's affair.</summary>
    public required long Size { get; init; }

    public required uint Permissions { get; init; }

    public required uint User { get; init; }

    public required uint Group { get; init; }

    public required long ModifiedNs { get; init; }

    /// <summary>SHA-256 of a file, what a link holds.</summary>
    public string? Content { get; init; }

    /// <summary>The first path of a file that has several.</summary>
    public string? SameFileAs { get; init; }

    /// <summary>Whether most of a large file is holes.</summary>
    public bool IsSparse { get; init; }

    /// <summary>Names what differs in content; empty when nothing does.</summary>
    public string ContentDifferences(TreeFact actual)
    {
        var found = new List<string>();
        Compare(found, "kind", Kind, actual.Kind);
        Compare(found, "size", Size, actual.Size);
        Compare(found, Kind == 'l' ? "link to" : "SHA-256", Brief(Content), Brief(actual.Content));
        return string.Join(", ", found);
    }

    /// <summary>Names what differs in metadata; empty when nothing does.</summary>
    public string MetadataDifferences(TreeFact actual)
    {
        var found = new List<string>();
        Compare(found, "mode", Convert.ToString(Permissions, 8), Convert.ToString(actual.Permissions, 8));
        Compare(found, "owner", User, actual.User);
        Compare(found, "group", Group, actual.Group);
        Compare(found, "modification time", Time(ModifiedNs), Time(actual.ModifiedNs));
        Compare(found, "hard link to", SameFileAs, actual.SameFileAs);
        Compare(found, "sparse", IsSparse, actual.IsSparse);
        return string.Join(", ", found);
    }

    /// <summary>A time to the nanosecond.</summary>
    private static string Time(long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, 1_000_000_000, out var rest);
        return string.Create(CultureInfo.InvariantCulture, $"{DateTime.UnixEpoch.AddSeconds(seconds):yyyy-MM-dd HH:mm:ss}.{rest:000000000}");
    }

    /// <summary>The first half of a hash: 128 bits tell any two contents apart, and leave room for the path.</summary>
    private static string? Brief(string? content) => content is { Length: 64 } ? content[..32] + "…" : content;

    private static void Compare<T>(List<string> found, string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            found.Add($"{what} {actual?.ToString() ?? "none"} instead of {expected?.ToString() ?? "none"}");
        }
    }
}
