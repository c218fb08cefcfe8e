namespace DrTools.PostgreSql.Cluster;

/// <summary>What of a data directory belongs to a backup.</summary>
public enum ClusterFileKind : byte
{
    /// <summary>A file or folder with no special meaning here.</summary>
    Ordinary,

    /// <summary>A file of a relation's main fork: pages whose LSN tells when they changed.</summary>
    MainFork,

    /// <summary>A file of another fork: pages whose LSN does not tell it.</summary>
    OtherFork,

    /// <summary>The control file, which is read last.</summary>
    Control,

    /// <summary>A folder that is kept, and what it holds is left out.</summary>
    EmptiedFolder,

    /// <summary>Left out.</summary>
    Excluded,
}

/// <summary>
/// The layout of a data directory, and what of it a backup leaves out. Paths are relative to it; tablespaces lie below
/// <c>pg_tblspc/OID/</c>, as the server reaches them.
/// </summary>
/// <remarks>
/// <see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP-DATA">PostgreSQL:
/// Backing Up the Data Directory</see>, and <c>src/backend/backup/basebackup.c</c>. Left out beyond what these name:
/// <c>current_logfiles</c>, <c>backup_label.old</c>, <c>tablespace_map.old</c>, and the signal files, because what a
/// restored copy is to become is decided when it is restored.
/// </remarks>
public static class DataDirectory
{
    /// <summary>Folder of links to tablespaces.</summary>
    public const string TablespaceFolder = "pg_tblspc";

    /// <summary>Folder of the WAL.</summary>
    public const string WalFolder = "pg_wal";

    private static readonly byte[][] EmptiedFolders =
    [
        "pg_dynshmem"u8.ToArray(), "pg_notify"u8.ToArray(), "pg_replslot"u8.ToArray(), "pg_serial"u8.ToArray(),
        "pg_snapshots"u8.ToArray(), "pg_stat_tmp"u8.ToArray(), "pg_subtrans"u8.ToArray(),
    ];

    private static readonly byte[][] ExcludedRootFiles =
    [
        "backup_label"u8.ToArray(), "backup_label.old"u8.ToArray(), "backup_manifest"u8.ToArray(), "backup_manifest.tmp"u8.ToArray(),
        "current_logfiles"u8.ToArray(), "current_logfiles.tmp"u8.ToArray(), "postgresql.auto.conf.tmp"u8.ToArray(),
        "postmaster.opts"u8.ToArray(), "postmaster.pid"u8.ToArray(), "recovery.signal"u8.ToArray(), "standby.signal"u8.ToArray(),
        "tablespace_map"u8.ToArray(), "tablespace_map.old"u8.ToArray(),
    ];

    /// <summary>What an entry of a data directory is to a backup. Only the files around it tell whether a relation is
    /// unlogged: see <see cref="IsUnlogged"/>.</summary>
    /// <param name="path">Relative path.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    /// <param name="relation">For files of relations, what the name says.</param>
    public static ClusterFileKind Classify(ReadOnlySpan<byte> path, bool isFolder, out RelationFileName relation)
    {
        var slash = path.LastIndexOf((byte)'/');
        return Classify(slash < 0 ? [] : path[..slash], path[(slash + 1)..], isFolder, out relation);
    }

    /// <summary>What an entry of a data directory is to a backup; see <see cref="Classify(ReadOnlySpan{byte}, bool, out RelationFileName)"/>.</summary>
    /// <param name="folder">Relative path of the folder; empty for the data directory itself.</param>
    /// <param name="name">Name in that folder.</param>
    /// <param name="isFolder">Whether it is a folder.</param>
    /// <param name="relation">For files of relations, what the name says.</param>
    public static ClusterFileKind Classify(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name, bool isFolder, out RelationFileName relation)
    {
        relation = default;
        if (name.StartsWith("pgsql_tmp"u8))
        {
            return ClusterFileKind.Excluded;
        }

        if (isFolder)
        {
            return IsEmptied(folder, name) ? ClusterFileKind.EmptiedFolder
                : folder.SequenceEqual("pg_wal"u8) ? ClusterFileKind.Excluded
                : ClusterFileKind.Ordinary;
        }

        if (folder.IsEmpty)
        {
            return Contains(ExcludedRootFiles, name) ? ClusterFileKind.Excluded : ClusterFileKind.Ordinary;
        }

        if (folder.SequenceEqual("pg_wal"u8) || name.StartsWith("pg_internal.init"u8))
        {
            return ClusterFileKind.Excluded;
        }

        if (!IsRelationFolder(folder))
        {
            return ClusterFileKind.Ordinary;
        }

        if (folder.SequenceEqual("global"u8) && name.SequenceEqual("pg_control"u8))
        {
            return ClusterFileKind.Control;
        }

        return !RelationFileName.TryParse(name, out relation) ? ClusterFileKind.Ordinary
            : relation.IsTemporary ? ClusterFileKind.Excluded
            : relation.Fork == RelationFork.Main ? ClusterFileKind.MainFork
            : ClusterFileKind.OtherFork;
    }

    /// <summary>Whether a folder holds files of relations: <c>global</c>, <c>base/OID</c>,
    /// <c>pg_tblspc/OID/PG_…/OID</c>.</summary>
    public static bool IsRelationFolder(ReadOnlySpan<byte> path)
    {
        if (path.SequenceEqual("global"u8))
        {
            return true;
        }

        if (path.StartsWith("base/"u8))
        {
            return IsNumber(path[5..]);
        }

        if (!path.StartsWith("pg_tblspc/"u8))
        {
            return false;
        }

        path = path[10..];
        var slash = path.IndexOf((byte)'/');
        if (slash < 0 || !IsNumber(path[..slash]))
        {
            return false;
        }

        path = path[(slash + 1)..];
        slash = path.IndexOf((byte)'/');
        return slash > 0 && path.StartsWith("PG_"u8) && IsNumber(path[(slash + 1)..]);
    }

    /// <summary>Whether a file of a relation is left out because the relation is unlogged: there is an init fork, and
    /// this is another one.</summary>
    /// <param name="relation">The file.</param>
    /// <param name="withInitFork">File numbers of the relations of its folder that have an init fork.</param>
    public static bool IsUnlogged(RelationFileName relation, IReadOnlySet<uint> withInitFork)
    {
        ArgumentNullException.ThrowIfNull(withInitFork);
        return relation.Fork != RelationFork.Init && withInitFork.Contains(relation.FileNode);
    }

    /// <summary>The folder in each tablespace that belongs to a cluster (<c>PG_17_202406281</c>).</summary>
    /// <param name="majorVersion">For example <c>17</c>.</param>
    /// <param name="catalogVersion"><see cref="ControlFile.CatalogVersion"/>.</param>
    public static string TablespaceVersionFolder(int majorVersion, uint catalogVersion) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"PG_{majorVersion}_{catalogVersion}");

    /// <summary>Whether a path lies in a folder whose content is left out, or is otherwise left out, whatever made the
    /// list of entries (a stream of the server, for example).</summary>
    public static bool IsLeftOut(ReadOnlySpan<byte> path, bool isFolder)
    {
        for (var rest = path; rest.LastIndexOf((byte)'/') is > 0 and var slash;)
        {
            rest = rest[..slash];
            if (Classify(rest, isFolder: true, out _) is ClusterFileKind.EmptiedFolder or ClusterFileKind.Excluded)
            {
                return true;
            }
        }

        return Classify(path, isFolder, out _) == ClusterFileKind.Excluded;
    }

    internal static bool IsNumber(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static bool IsEmptied(ReadOnlySpan<byte> folder, ReadOnlySpan<byte> name)
    {
        if (folder.IsEmpty)
        {
            return Contains(EmptiedFolders, name);
        }

        return folder.SequenceEqual("pg_wal"u8) && (name.SequenceEqual("archive_status"u8) || name.SequenceEqual("summaries"u8));
    }

    private static bool Contains(byte[][] names, ReadOnlySpan<byte> name)
    {
        foreach (var known in names)
        {
            if (name.SequenceEqual(known))
            {
                return true;
            }
        }

        return false;
    }
}
