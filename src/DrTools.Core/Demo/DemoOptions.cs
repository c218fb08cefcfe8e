namespace DrTools.Demo;

/// <summary>How the demo is run.</summary>
public sealed record DemoOptions
{
    /// <summary>The folder that everything happens in: a new or empty one. A new folder among the system's temporary
    /// ones when <see langword="null"/>.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether data, repository and passphrase stay in the work folder. The report stays there in any
    /// case.</summary>
    public bool Keep { get; init; }

    /// <summary>What the measured figures are held against.</summary>
    public DemoObjectives Objectives { get; init; } = new();

    /// <summary>How much data is made.</summary>
    public DemoSize Size { get; init; } = new();

    /// <summary>Decides every random choice in the data; the same seed makes the same data.</summary>
    public int Seed { get; init; } = 20_261;

    /// <summary>How long production goes on after the last backup.</summary>
    public TimeSpan Production { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time between two marker rows.</summary>
    public TimeSpan MarkerInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What tests break on the way.</summary>
    internal DemoInterference Interference { get; init; } = new();
}

/// <summary>How much data the demo makes.</summary>
public sealed record DemoSize
{
    /// <summary>Rows of the table of customers.</summary>
    public int Customers { get; init; } = 10_000;

    /// <summary>Rows of the table of orders.</summary>
    public int Orders { get; init; } = 90_000;

    /// <summary>Folders of the file tree, at least four.</summary>
    public int Folders { get; init; } = 20;

    /// <summary>Ordinary files in each folder; peculiar ones come on top.</summary>
    public int FilesPerFolder { get; init; } = 19;

    /// <summary>Size of the largest file with content, bytes.</summary>
    public int LargeFileBytes { get; init; } = 8 << 20;
}
