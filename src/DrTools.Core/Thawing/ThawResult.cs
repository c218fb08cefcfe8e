using DrTools.Backup;
using DrTools.Stores;

namespace DrTools.Thawing;

/// <summary>What of a backup lies in an archive class, and what has been asked for.</summary>
public sealed record ThawResult
{
    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>Packs of the backup in an archive class that can be read, because a copy has been made of them.</summary>
    public int Readable { get; init; }

    /// <summary>Packs of which a copy is on its way, those that were asked for now included.</summary>
    public int Thawing { get; init; }

    /// <summary>Packs that cannot be read and have not been asked for.</summary>
    public int Archived { get; init; }

    /// <summary>Packs that were asked for now.</summary>
    public int Requested { get; init; }

    /// <summary>Size of what cannot be read yet, bytes.</summary>
    public long PendingBytes { get; init; }

    /// <summary>The archive classes that the packs lie in.</summary>
    public IReadOnlyList<string> StorageClasses { get; init; } = [];

    /// <summary>How long it takes at each speed, by what the store's provider says.</summary>
    public IReadOnlyDictionary<ThawTier, string> Expected { get; init; } = new Dictionary<ThawTier, string>();

    /// <summary>In words, what cannot be read, and how long it takes.</summary>
    public string Statement => ThawEngine.Describe(this);

    /// <summary>Whether the backup can be restored now, as far as this goes.</summary>
    public bool IsReadable => Archived == 0 && Thawing == 0;
}
