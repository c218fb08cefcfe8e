using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Sees to it that a restored server does not make tablespaces where another one has its own. Replaying CREATE TABLESPACE takes
/// the folder that the log names, and all that was in it for its own: on the original's host that is the original's, whose
/// files it would write to.
/// </summary>
/// <remarks>A tablespace that is mapped gets its link first, and the name in the log is emptied: the server then takes
/// <c>pg_tblspc/OID</c> as it is. One that would be another server's gets the name of a folder that is not there, at which the
/// server stops; but only if it comes to that record, for the target may be before it.</remarks>
public static partial class TablespaceReplay
{
    private const string Nowhere = "/map-this-tablespace";

    /// <summary>Looks through a segment that was fetched for a server in recovery, and changes it where it makes a tablespace
    /// that is mapped.</summary>
    /// <param name="segment">The file.</param>
    /// <param name="dataDirectory">The data directory of the server.</param>
    /// <param name="mapping">New folders of tablespaces by their old ones.</param>
    /// <param name="warn">Told of a tablespace at which the server will stop.</param>
    /// <exception cref="DrException"><see cref="DrError.UnsafePath"/>: the tablespace is another server's, or cannot be mapped;
    /// <see cref="DrError.TargetFailure"/>.</exception>
    public static void Guard(string segment, string dataDirectory, IReadOnlyDictionary<string, string> mapping, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(mapping);
        ArgumentNullException.ThrowIfNull(warn);
        foreach (var record in TablespaceRecord.Find(segment))
        {
            var link = Path.Combine(dataDirectory, "pg_tblspc", $"{record.Oid}");
            if (record.Location is not { } location)
            {
                throw Unchangeable("a tablespace", segment);
            }

            if (mapping.GetValueOrDefault(Path.TrimEndingDirectorySeparator(location)) is { } place)
            {
                if (!record.TryChange(segment))
                {
                    throw Unchangeable($"the tablespace {record.Oid} in {location}", segment);
                }

                Lead(link, place);
            }
            else if (location.Length > 0 && new DirectoryInfo(link).LinkTarget != location && IsInUse(location))
            {
                if (!record.TryChange(segment, Nowhere[..Math.Min(Nowhere.Length, location.Length)]))
                {
                    throw Unchangeable($"the tablespace {record.Oid} in {location}", segment);
                }

                warn($"The log makes the tablespace {record.Oid} in {location}, where a server has one already. If recovery comes to that it stops, for it would overwrite it: {Remedy(location)}");
            }
        }
    }

    /// <summary>Finds in the log of a server that it stopped at such a tablespace.</summary>
    internal static DrException? Find(string log, string? fatal)
    {
        if (fatal is null || !fatal.StartsWith($"directory \"{Nowhere[..4]}", StringComparison.Ordinal) || WarningForm().Matches(log).LastOrDefault() is not { } match)
        {
            return null;
        }

        var location = match.Groups["location"].Value;
        return new DrException(
            DrError.UnsafePath,
            $"The log makes the tablespace {match.Groups["oid"].Value} in {location}, where a server has one already. The recovery stopped there, for it would overwrite it.",
            Remedy(location))
        { Subject = location };
    }

    /// <summary>Whether some server has a tablespace in a folder, running or not.</summary>
    internal static bool IsInUse(string folder)
    {
        try
        {
            return Directory.Exists(folder) && Directory.EnumerateDirectories(folder, "PG_*").Any();
        }
        catch (UnauthorizedAccessException)
        {
            // It is not ours to write to either.
            return true;
        }
    }

    private static string Remedy(string location) =>
        $"If that is the original's, map it (--tablespace-mapping '{location}=/new/folder' or -TablespaceMapping of the restore, or the same in restore_command); if it is a leftover, empty {location}; or choose a target before it was made.";

    [System.Text.RegularExpressions.GeneratedRegex(@"The log makes the tablespace (?<oid>[0-9]+) in (?<location>.+), where a server has one already\. If", System.Text.RegularExpressions.RegexOptions.ExplicitCapture)]
    private static partial System.Text.RegularExpressions.Regex WarningForm();

    private static void Lead(string link, string place)
    {
        try
        {
            if (new DirectoryInfo(link).LinkTarget == place)
            {
                return;
            }

            if (IsInUse(place))
            {
                throw new DrException(DrError.UnsafePath, $"The log makes a tablespace that is mapped to {place}, and there is one already.", "Map it to an empty folder.") { Subject = place };
            }

            PrivateFiles.MakeFolder(place);
            File.Delete(link);
            File.CreateSymbolicLink(link, place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"The tablespace cannot be led to {place}: {e.Message}", "Check the folder; the server's user must be able to make it or write into it.", e) { Subject = place };
        }
    }

    private static DrException Unchangeable(string what, string segment) => new(
        DrError.UnsafePath,
        $"The log makes {what}, and runs on from one segment to the next there ({Path.GetFileName(segment)}): where it goes cannot be checked or changed.",
        "Choose a target before the tablespace was made, or a later backup. Or restore on a host where no server uses the folder, with --guard-tablespaces and --tablespace-mapping taken out of restore_command: the tablespace goes where the log says then.");
}
