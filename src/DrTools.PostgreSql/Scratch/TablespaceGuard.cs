using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// Keeps a scratch server from making tablespaces where the original has them. Replaying CREATE TABLESPACE makes the
/// folder that the log names; on the original's host that is the original's own, and the scratch server would write into
/// it. So the name is emptied in the scratch copy of the log: the tablespace then lies in the data directory itself.
/// </summary>
internal static class TablespaceGuard
{
    /// <summary>Looks through a segment file, and changes it where it makes a tablespace.</summary>
    /// <exception cref="DrException"><see cref="DrError.UnsafePath"/> where it cannot be changed.</exception>
    public static void Apply(string path)
    {
        foreach (var record in TablespaceRecord.Find(path).Where(r => r.Location != string.Empty && !r.TryChange(path)))
        {
            throw new DrException(
                DrError.UnsafePath,
                $"The log makes a tablespace{(record.Location is { } location ? $" in {location}" : string.Empty)}, where a scratch server may not write, and {Path.GetFileName(path)} cannot be changed.",
                "Choose a target before the tablespace was made, or take a new backup and use that.")
            { Subject = record.Location };
        }
    }
}
