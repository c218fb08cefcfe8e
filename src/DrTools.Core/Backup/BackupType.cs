namespace DrTools.Backup;

/// <summary>What a backup may build on. The manifest of each is complete: none needs another one to be restored.</summary>
public enum BackupType
{
    /// <summary>Stores everything anew.</summary>
    Full,

    /// <summary>Stores what has changed since the latest full.</summary>
    Differential,

    /// <summary>Stores what has changed since the backup before it, whichever type that is.</summary>
    Incremental,
}
