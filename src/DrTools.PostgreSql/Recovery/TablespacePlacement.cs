using System.Globalization;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Decides where tablespaces go. Never into a folder that another server may have its own in: on the host of the
/// original every tablespace's old folder is the original's.</summary>
internal sealed class TablespacePlacement(Repository repository, DatabaseRestoreOptions options, PhysicalBackup backup, bool resumes, List<DrException> obstacles, List<string> notes)
{
    private readonly Dictionary<string, string> _mapping = options.TablespaceMapping.ToDictionary(m => Trimmed(m.Key), m => Trimmed(Path.GetFullPath(m.Value)), StringComparer.Ordinal);

    /// <summary>Whether it is the original's data directory that is replaced; its tablespaces are then replaced too.</summary>
    private readonly bool _isInPlace = (options.Force || options.Delta) && ServerFiles.IsSame(options.DataDirectory, backup.DataDirectory ?? string.Empty);

    /// <summary>Places those of the backup.</summary>
    public List<TablespacePlace> Place(Dictionary<uint, long> sizes)
    {
        var places = new List<TablespacePlace>();
        foreach (var (oid, original) in backup.Tablespaces.OrderBy(t => t.Key))
        {
            var isMapped = _mapping.TryGetValue(Trimmed(original), out var mapped);
            var location = isMapped ? mapped! : Trimmed(original);
            if (places.Any(p => p.Location == location) || location == options.DataDirectory || options.DataDirectory.StartsWith(location + "/", StringComparison.Ordinal))
            {
                obstacles.Add(new DrException(DrError.BadUsage, $"The tablespace {oid} cannot go to {location}, where something else of the cluster goes.", "Map every tablespace to a folder of its own.") { Subject = location });
            }
            else if (IsTaken(location) && !MayReplace(oid, location, isMapped))
            {
                var map = $"(--tablespace-mapping '{original}=/new/folder', -TablespaceMapping @{{'{original}' = '/new/folder'}})";
                var unfinished = new TablespaceMarker(location).DataDirectory;
                obstacles.Add(new DrException(
                    DrError.TargetNotEmpty,
                    $"The tablespace {oid} was in {original}, and {location} is not empty{(unfinished is null ? string.Empty : $": an unfinished restore into {unfinished} left it")}.",
                    unfinished is null
                        ? $"Map it to an empty folder {map}."
                        : $"Run that restore again, which carries it on; or empty the folder, if it was given up; or map the tablespace to an empty folder {map}.")
                { Subject = location });
            }

            places.Add(new TablespacePlace(oid, original, location, sizes.GetValueOrDefault(oid)));
        }

        return places;
    }

    /// <summary>The folders of tablespaces that the replaced data directory has beyond the backup's. The log may make them
    /// again, and would take what is in them for its own.</summary>
    public IReadOnlyList<string> Others(IReadOnlyList<TablespacePlace> places) => !_isInPlace ? [] :
        [.. Links(options.DataDirectory).Concat(ReplacedFolders.LeftBeside(options.DataDirectory) is { } left ? Links(left) : [])
            .Distinct(StringComparer.Ordinal).Where(l => !places.Any(p => p.Location == l) && (IsTaken(l) || ReplacedFolders.LeftBeside(l) is not null))];

    /// <summary>Looks for tablespaces that the log makes, where that has to be known: where tablespaces are mapped that the
    /// backup does not have, and where a command of the user's fetches the log, which guards nothing.</summary>
    public async Task CheckLogAsync(ClusterLog known, TargetChoice choice, int segments, CancellationToken cancellationToken)
    {
        var unknown = _mapping.Keys.Except(backup.Tablespaces.Values.Select(Trimmed)).ToList();
        if (unknown.Count == 0 && options.RestoreCommand is null)
        {
            return;
        }

        var made = new HashSet<string>(StringComparer.Ordinal);
        var first = backup.IncludesWal ? backup.LastSegment.Number + 1 : backup.FirstSegment.Number;
        for (var number = first; number < first + (ulong)segments; number++)
        {
            if (known.Wal.Find(choice.Reach.Path, number) is { } segment)
            {
                made.UnionWith((await known.Reader.TablespacesAsync(segment, choice.Position, choice.Position is null ? choice.Time : null, cancellationToken).ConfigureAwait(false)).OfType<string>().Select(Trimmed));
            }
        }

        foreach (var key in unknown.Where(u => !made.Contains(u)))
        {
            obstacles.Add(new DrException(
                DrError.BadUsage,
                $"The backup has no tablespace in {key}, and the log up to the target makes none there.",
                backup.Tablespaces.Count == 0 && made.Count == 0 ? "There is none at all." : $"There are tablespaces in {string.Join(", ", backup.Tablespaces.Values.Concat(made).Distinct())}."));
        }

        foreach (var location in options.RestoreCommand is null ? [] : made)
        {
            if (_mapping.ContainsKey(location) && !backup.Tablespaces.Values.Select(Trimmed).Contains(location))
            {
                obstacles.Add(new DrException(DrError.BadUsage, $"The log makes a tablespace in {location}; with a restore command of your own it cannot be mapped.", "Leave the restore command out: drtools wal get maps it."));
            }
            else if (!_mapping.ContainsKey(location) && TablespaceReplay.IsInUse(location) && !_isInPlace)
            {
                obstacles.Add(new DrException(
                    DrError.UnsafePath,
                    $"The log makes a tablespace in {location}, where a server has one already: the restored one would overwrite it.",
                    $"Map it (--tablespace-mapping '{location}=/new/folder', -TablespaceMapping @{{'{location}' = '/new/folder'}}) and leave the restore command out, or choose a target before it was made.")
                { Subject = location });
            }
        }

        if (options.RestoreCommand is null)
        {
            notes.AddRange(unknown.Where(made.Contains).Select(u => $"The tablespace in {u} is made by the log, and goes to {_mapping[u]}."));
        }
    }

    private static string Trimmed(string path) => Path.TrimEndingDirectorySeparator(path);

    private static bool IsTaken(string folder) => Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();

    private static IEnumerable<string> Links(string dataDirectory)
    {
        var folder = new DirectoryInfo(Path.Combine(dataDirectory, "pg_tblspc"));
        return folder.Exists ? folder.EnumerateFileSystemInfos().Select(l => l.LinkTarget).OfType<string>().Where(Path.IsPathRooted).Select(Trimmed) : [];
    }

    /// <summary>What is there must be known to be the replaced directory's own: it is in its place and led to by its link, or
    /// an earlier restore into this data directory that was interrupted put it there.</summary>
    private bool MayReplace(uint oid, string location, bool isMapped)
    {
        if (resumes && (isMapped || ReplacedFolders.LeftBeside(location) is not null))
        {
            return true;
        }

        if (new TablespaceMarker(location).Names(repository, backup.Id, options.DataDirectory))
        {
            return true;
        }

        var isLed = new DirectoryInfo(Path.Combine(options.DataDirectory, "pg_tblspc", oid.ToString(CultureInfo.InvariantCulture))).LinkTarget is { } target && Trimmed(target) == location;
        return isLed && (_isInPlace || (isMapped && (options.Force || options.Delta)));
    }
}
