using System.Text;
using DrTools.Backup;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Restore;
using DrTools.Trees;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Finds out what restoring a cluster would do, and what stands in the way, before anything is changed.</summary>
internal sealed class DatabaseRestorePlanner(Repository repository, DatabaseRestoreOptions options)
{
    private const int RecentRuns = 1000;

    private readonly List<DrException> _obstacles = [];
    private readonly List<string> _notes = [];

    public async Task<DatabaseRestorePlan> PlanAsync(string source, CancellationToken cancellationToken)
    {
        var known = await ClusterLog.ReadAsync(repository, source, options.BackupId, cancellationToken).ConfigureAwait(false);
        var (backups, wal) = (known.Backups, known.Wal);
        var choice = await known.ChooseAsync(options.Target, options.BackupId, cancellationToken).ConfigureAwait(false);
        var backup = choice.Reach.Backup;
        if (backup.Info.IsPartial)
        {
            _notes.Add($"The backup {backup.Id} is partial: {string.Join("; ", backup.Info.Issues.Where(i => i.IsLoss).Take(3).Select(i => $"{i.Path}: {i.Problem}"))}");
        }

        if (choice.Reach.EndsInGap && choice.Target.Kind == RecoveryTargetKind.Latest)
        {
            _notes.Add($"The log has a gap from {choice.Reach.MissingSegment} on: the end that can be reached is {Figures.Moment(choice.Reach.To!.Value)}.");
        }

        var contents = await BackupContents.OpenAsync(repository, backup.Info, cancellationToken).ConfigureAwait(false);
        var (bytes, perTablespace, settingsFiles) = await SizesAsync(contents, cancellationToken).ConfigureAwait(false);
        var (segments, walBytes) = CountLog(choice, wal);
        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory));
        var isInUse = Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any(e => !ResumeMarker.IsUnfinished(e));
        var resumes = new ResumeMarker(directory).Names(repository, backup.Id);
        CheckDirectory(directory, isInUse, resumes);
        CheckServer(backup, settingsFiles.Contains("postgresql.conf"));
        var placement = new TablespacePlacement(repository, options with { DataDirectory = directory }, backup, resumes, _obstacles, _notes);
        var tablespaces = placement.Place(perTablespace);
        await placement.CheckLogAsync(known, choice, segments is null ? 0 : (int)(walBytes / wal.SegmentSize), cancellationToken).ConfigureAwait(false);
        if (!options.KeepArchiving && isInUse && ServerFiles.IsSame(directory, backup.DataDirectory ?? string.Empty))
        {
            _notes.Add("The restored server takes the original's place and will not archive: have it archive as before (-KeepArchiving, --keep-archiving), or set archiving up again (drtools archive enable, Enable-DrLogArchive) once you have seen that it is right.");
        }

        var needsArchive = choice.Target.Kind != RecoveryTargetKind.Immediate || !backup.IncludesWal;
        var settings = Settings(choice.Target, needsArchive);
        var space = Space(directory, bytes - tablespaces.Sum(t => t.Bytes), tablespaces, isInUse && (options.Delta || resumes));
        return new DatabaseRestorePlan
        {
            Options = options with { DataDirectory = directory },
            Backup = backup,
            Chain = Chain(backup, backups),
            Target = choice.Target,
            Timeline = choice.Reach.Path.Timeline,
            NewestMoment = choice.Reach.To,
            Segments = segments,
            WalBytes = walBytes,
            Bytes = bytes,
            Tablespaces = tablespaces,
            OtherTablespaces = placement.Others(tablespaces),
            Space = space,
            IsInUse = isInUse,
            Resumes = resumes,
            Port = await PlannedPort.FindAsync(contents, settingsFiles, backup.MajorVersion, options with { DataDirectory = directory }, cancellationToken).ConfigureAwait(false),
            ExpectedDuration = await ExpectAsync(bytes, walBytes, cancellationToken).ConfigureAwait(false),
            Settings = settings,
            Obstacles = _obstacles,
            Notes = _notes,
        };
    }

    private static List<string> Chain(PhysicalBackup backup, IReadOnlyList<PhysicalBackup> all)
    {
        var chain = new List<string>();
        for (var current = backup.Info; current is not null && !chain.Contains(current.Id); current = all.FirstOrDefault(b => b.Id == current.ParentId)?.Info)
        {
            chain.Insert(0, current.Id);
        }

        return chain;
    }

    private static async Task<(long Bytes, Dictionary<uint, long> PerTablespace, List<string> SettingsFiles)> SizesAsync(BackupContents contents, CancellationToken cancellationToken)
    {
        long bytes = 0;
        var tablespaces = new Dictionary<uint, long>();
        var settings = new List<string>();
        await foreach (var entry in contents.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (entry.Kind != EntryKind.File)
            {
                continue;
            }

            bytes += entry.Size;
            var path = Encoding.UTF8.GetString(entry.Path);
            if (PlannedPort.IsSettings(path, entry.Size))
            {
                settings.Add(path);
            }

            var parts = path.Split('/', 3);
            if (parts is [DataDirectory.TablespaceFolder, var name, _] && uint.TryParse(name, out var oid))
            {
                tablespaces[oid] = tablespaces.GetValueOrDefault(oid) + entry.Size;
            }
        }

        return (bytes, tablespaces, settings);
    }

    /// <summary>The segments that recovery asks for. Where the target is a time the last one is estimated from when segments
    /// arrived.</summary>
    private static ((string First, string Last)? Segments, long Bytes) CountLog(TargetChoice choice, WalInventory wal)
    {
        var (backup, path) = (choice.Reach.Backup, choice.Reach.Path);
        var first = backup.IncludesWal ? backup.LastSegment.Number + 1 : backup.FirstSegment.Number;
        var end = choice.Target.Kind == RecoveryTargetKind.Immediate ? backup.LastSegment.Number + 1 : choice.Reach.FirstMissing;
        if (choice.Position is { } position)
        {
            end = Math.Min(end, (position.Value / wal.SegmentSize) + 1);
        }
        else if (choice.Time is { } time)
        {
            for (var number = first; number < end; number++)
            {
                if (wal.Find(path, number) is { } segment && wal.Segments[segment] > time)
                {
                    end = number + 1;
                }
            }
        }

        return end <= first
            ? (null, 0)
            : ((wal.Find(path, first)?.FileName ?? wal.NameOf(path, first), wal.Find(path, end - 1)?.FileName ?? wal.NameOf(path, end - 1)), (long)(end - first) * wal.SegmentSize);
    }

    private void CheckDirectory(string directory, bool isInUse, bool resumes)
    {
        if (File.Exists(directory))
        {
            _obstacles.Add(new DrException(DrError.TargetNotEmpty, $"{directory} is a file.", "Name a folder.") { Subject = directory });
        }

        if (ServerFiles.RunningServer(directory) is { } process)
        {
            if (options.StopCommand is null)
            {
                _obstacles.Add(new DrException(
                    DrError.ServerRunning,
                    $"A server runs on {directory} (process {process}).",
                    "Stop it first, or give the command that stops the service (-StopCommand, --stop-command).")
                { Subject = directory });
            }
            else
            {
                _notes.Add($"The server on {directory} (process {process}) will be stopped with: {options.StopCommand}");
            }
        }

        if (!isInUse || resumes)
        {
            return;
        }

        if (!options.Force && !options.Delta)
        {
            _obstacles.Add(new DrException(
                DrError.TargetNotEmpty,
                $"{directory} is not empty.",
                "Name another folder, or allow it to be replaced (-Force, --force): it is kept until the restore has succeeded; or have it brought up to date (-Delta, --delta).")
            { Subject = directory });
        }
        else if (!File.Exists(Path.Combine(directory, "PG_VERSION")))
        {
            _obstacles.Add(new DrException(
                DrError.TargetNotEmpty,
                $"{directory} is not empty, and no data directory either (it has no PG_VERSION): it will not be replaced.",
                "Check the path. If it is right, empty the folder by hand.")
            { Subject = directory });
        }
    }

    private void CheckServer(PhysicalBackup backup, bool hasConfiguration)
    {
        if (!hasConfiguration && options.StartCommand is null)
        {
            _notes.Add(options.Wait
                ? $"The backup {backup.Id} holds no postgresql.conf, for its server keeps the configuration outside the data directory: a private one is written, with a socket for the server's user and no network."
                : $"The backup {backup.Id} holds no postgresql.conf, for its server keeps the configuration outside the data directory: the server cannot be started without one.");
        }

        try
        {
            ServerPrograms.Find(backup.MajorVersion, options.ProgramFolder);
        }
        catch (DrException e) when (e.Error == DrError.ToolMissing)
        {
            if (options.Wait && options.StartCommand is null)
            {
                _obstacles.Add(e);
            }
            else
            {
                _notes.Add($"{e.Message} The restored data directory cannot be started without it.");
            }
        }
    }

    private IReadOnlyList<KeyValuePair<string, string>> Settings(RecoveryTarget target, bool needsArchive)
    {
        if (needsArchive && options.RestoreCommand is null && repository.IsEncrypted && options.KeyFile is null)
        {
            _notes.Add($"The repository {repository.Location} needs a secret, and the server fetches its log from there: name a key file (-ArchiveKeyFile, --archive-key-file), or give a restore command.");
        }

        try
        {
            return RecoverySettingsFor(repository, options, target).ToSettings();
        }
        catch (DrException e) when (e.Error == DrError.BadUsage)
        {
            _obstacles.Add(e);
            return [];
        }
    }

    internal static RecoverySettings RecoverySettingsFor(Repository repository, DatabaseRestoreOptions options, RecoveryTarget target) => new()
    {
        Target = target,
        Action = options.Action,
        RestoreCommand = options.RestoreCommand ?? new RestoreCommand { Program = options.Program, Repository = repository.Location, KeyFile = options.KeyFile, TablespaceMapping = options.TablespaceMapping }.ToString(),
        KeepsArchiving = options.KeepArchiving,
        KeepsReplication = options.KeepReplication,
    };

    /// <summary>What is needed on each file system. What is replaced is kept, and so makes no room; a directory that is
    /// brought up to date needs what it lacks.</summary>
    private List<SpaceNeed> Space(string directory, long bytes, IReadOnlyList<TablespacePlace> tablespaces, bool isUpdate)
    {
        var space = tablespaces.Select(t => (t.Location, t.Bytes)).Prepend((Location: directory, Bytes: bytes))
            .Select(n => (Path: ServerFiles.Existing(n.Location), Bytes: isUpdate ? Math.Max(0, n.Bytes - SizeOf(n.Location)) : n.Bytes))
            .GroupBy(n => DeviceOf(n.Path))
            .Select(g => new SpaceNeed(g.First().Path, g.Sum(n => n.Bytes), new DriveInfo(g.First().Path).AvailableFreeSpace)).ToList();
        foreach (var need in space.Where(s => !s.Fits))
        {
            _obstacles.Add(new DrException(
                DrError.OutOfSpace,
                $"{Figures.Bytes(need.NeededBytes)} are needed and {Figures.Bytes(need.FreeBytes)} are free at {need.Path}.",
                "Free some space, name a folder on another disk, or have an existing data directory brought up to date (-Delta, --delta), which needs less.")
            { Subject = need.Path });
        }

        return space;
    }

    private static ulong DeviceOf(string path) =>
        FileStatus.OfName(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(path + "/."), out var status) == 0 ? status.Device : 0;

    private static long SizeOf(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(f => f.Length)
        : 0;

    private async ValueTask<TimeSpan?> ExpectAsync(long bytes, long walBytes, CancellationToken cancellationToken)
    {
        var runs = await repository.Journal.ReadAsync(RecentRuns, cancellationToken).ConfigureAwait(false);
        double? Rate(string operation)
        {
            var rates = runs.Where(r => r.Operation == operation && r.Outcome == RunOutcome.Succeeded && r.Bytes > 0 && r.Duration > TimeSpan.Zero)
                .Select(r => r.Bytes / r.Duration.TotalSeconds).Order().ToList();
            return rates.Count == 0 ? null : rates[rates.Count / 2];
        }

        if (Rate("restore") is not { } restore)
        {
            return null;
        }

        var replay = walBytes == 0 ? 0 : Rate(DatabaseRestore.RecoverOperation) is { } rate ? walBytes / rate : walBytes / restore;
        return TimeSpan.FromSeconds((bytes / restore) + replay);
    }
}
