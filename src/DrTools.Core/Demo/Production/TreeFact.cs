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

    /// <summary>Names what differs; empty when nothing does.</summary>
    public string Differences(TreeFact actual)
    {
        var found = new List<string>();
        void Compare<T>(string what, T expected, T now)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, now))
            {
                found.Add($"{what} {now?.ToString() ?? "none"} instead of {expected?.ToString() ?? "none"}");
            }
        }

        Compare("kind", Kind, actual.Kind);
        Compare("size", Size, actual.Size);
        Compare(Kind == 'l' ? "link to" : "SHA-256", Content, actual.Content);
        Compare("mode", Convert.ToString(Permissions, 8), Convert.ToString(actual.Permissions, 8));
        Compare("owner", User, actual.User);
        Compare("group", Group, actual.Group);
        Compare("modification time", ModifiedNs, actual.ModifiedNs);
        Compare("hard link to", SameFileAs, actual.SameFileAs);
        Compare("sparse", IsSparse, actual.IsSparse);
        return string.Join(", ", found);
    }
}
