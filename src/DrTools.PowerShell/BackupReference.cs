using DrTools.Backup;

namespace DrTools.PowerShell;

/// <summary>The backup that a user names: an object, an id or part of one, or <c>latest</c>. PowerShell converts all.</summary>
public sealed class BackupReference
{
    /// <summary>A backup that knows its repository.</summary>
    public BackupReference(DrBackup backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        (Backup, Id) = (backup, backup.Id);
    }

    /// <summary>What an engine says of a backup.</summary>
    public BackupReference(BackupInfo backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        Id = backup.Id;
    }

    /// <summary>An id, the beginning or end of one, or <c>latest</c>.</summary>
    public BackupReference(string id) => Id = id;

    /// <summary>The backup, when it is known.</summary>
    public DrBackup? Backup { get; }

    /// <summary>Its id, as given.</summary>
    public string Id { get; }

    /// <summary>Its id, as given.</summary>
    public override string ToString() => Id;
}
