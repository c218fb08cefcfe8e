namespace DrTools.Aws.S3;

/// <summary>A stretch of an object that is being read ahead, or has been. Its counts are guarded by whoever holds it.</summary>
internal sealed class ReadWindow(string name, long start, int length, byte[] content)
{
    public string Name { get; } = name;

    public long Start { get; } = start;

    /// <summary>Number of bytes that were asked for.</summary>
    public int Length { get; } = length;

    /// <summary>They lie at its start.</summary>
    public byte[] Content { get; } = content;

    /// <summary>Ends with the number of bytes that came: fewer than were asked for only where the object ends.</summary>
    public Task<int> Reading { get; set; } = Task.FromResult(0);

    /// <summary>Where the furthest read in it ended.</summary>
    public long Reached { get; set; }

    /// <summary>Whether it has been read to its end.</summary>
    public bool IsRead => Reached >= Start + Length;

    /// <summary>Whether the stretch behind it has been asked for.</summary>
    public bool IsFollowed { get; set; }

    /// <summary>Number of readers that wait for it or copy from it.</summary>
    public int Users { get; set; }

    /// <summary>Whether nobody is to find it any more.</summary>
    public bool IsDropped { get; set; }

    /// <summary>When it was used last, by a count.</summary>
    public long Used { get; set; }

    public bool Covers(string name, long offset) => Name == name && offset >= Start && offset < Start + Length;
}
