using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>What of a tree is read, and how.</summary>
public sealed record FilesSourceOptions
{
    /// <summary>Patterns of what is left out (<see cref="PathPattern"/>). A folder that matches is not entered.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether to stay on the root's file system; folders that others are mounted on are stored empty.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Tells whether a file has just been changed (<see cref="EntryFlags.Racy"/>).</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
