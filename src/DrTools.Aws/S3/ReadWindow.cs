namespace DrTools.Aws.S3;

/// <summary>A stretch of an object that is being read ahead, or has been. Its counts are guarded by whoever holds it.</summary>
internal sealed class ReadWindow(string name, long start, byte[] content)
{
    public string Name { get; } = name;

    public long Start { get; } = start;

    public byte[] Content { get; } = content;

    /// <summary>Ends with the number of bytes that came: fewer than there is room for only where the object ends.</summary>
    public Task<int> Reading { get; set; } = Task.FromResult(0);

    /// <summary>Number of readers that wait for it or copy from it.</summary>
    public int Users { get; set; }

    /// <summary>Whether nobody is to find it any more.</summary>
    public bool IsDropped { get; set; }

    /// <summary>When it was used last, by a count.</summary>
    public long Used { get; set; }

    public bool Covers(string name, long offset) => Name == name && offset >= Start && offset < Start + Content.Length;
}
