using System.Globalization;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>What became of a file that was pushed.</summary>
/// <param name="Name">The log.</param>
/// <param name="Results">What became of it in each repository.</param>
public sealed record WalPushResult(LogName Name, IReadOnlyList<LogPutResult> Results)
{
    /// <summary>Whether every repository has it, durably.</summary>
    public bool IsEverywhere
    {
        get
        {
            foreach (var result in Results)
            {
                if (result.Outcome == LogPutOutcome.Failed)
                {
                    return false;
                }
            }

            return true;
        }
    }
}

/// <summary>Archives a file of the log: the work behind <c>archive_command</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL">Setting Up
/// WAL Archiving</see>. What the file says of itself must agree with its name: the cluster that a segment is of decides
/// where it goes, so that no cluster and no copy that became another timeline can take the place of another's log.</remarks>
public static class WalPush
{
    /// <summary>Pushes a file to every repository.</summary>
    /// <param name="archives">The repositories.</param>
    /// <param name="path">The file (<c>%p</c>).</param>
    /// <returns>What became of it in each; a repository that failed has kept no other from getting it.</returns>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/>, <see cref="DrError.SourceFailure"/> or
    /// <see cref="DrError.BadUsage"/>: there is nothing to push, or it is not what its name says.</exception>
    public static WalPushResult Run(IReadOnlyList<LogArchive> archives, string path)
    {
        ArgumentNullException.ThrowIfNull(archives);
        ArgumentNullException.ThrowIfNull(path);
        if (!WalFileName.TryParse(Path.GetFileName(path), out var file))
        {
            throw new DrException(
                DrError.BadUsage,
                $"{path} is not a file that PostgreSQL archives.",
                "Set archive_command = 'drtools wal push %p', with nothing around %p; PostgreSQL fills it in.")
            { Subject = path };
        }

        using var content = LogContent.FromFile(path);
        var log = WalCluster.LogOf(Identify(path, file, content), file);
        var results = LogArchive.Put(archives, log, content);
        return new WalPushResult(log, Explain(results, file));
    }

    /// <summary>The cluster that the file is of, once nothing speaks against its name.</summary>
    private static ulong Identify(string path, WalFileName file, LogContent content)
    {
        var dataDirectory = WalCluster.DataDirectoryOf(path);
        var own = dataDirectory is null ? (ulong?)null : WalCluster.ReadIdentifier(dataDirectory);
        if (file.Kind is not (WalFileKind.Segment or WalFileKind.Partial))
        {
            if (file.Kind == WalFileKind.TimelineHistory)
            {
                RequireHistory(path, file, content);
            }

            return own ?? throw new DrException(
                DrError.BadUsage,
                $"Which cluster {path} belongs to cannot be told: there is no control file beside it.",
                "Run it in the data directory of the cluster, as PostgreSQL does, or name the file where it lies in pg_wal.")
            { Subject = path };
        }

        Span<byte> start = stackalloc byte[WalSegmentHeader.Length];
        var read = content.Read(0, start);
        var problem = WalSegmentHeader.TryRead(start[..read], out var header) ?? header.Contradiction(file);
        if (problem is null && content.Length != header.SegmentSize)
        {
            problem = string.Create(CultureInfo.InvariantCulture, $"it has {content.Length} bytes instead of {header.SegmentSize}: it was cut off, or is still being written");
        }

        if (problem is null && own is not null && own != header.SystemIdentifier)
        {
            problem = $"it is of the cluster with the system identifier {header.SystemIdentifier}, and lies in one with {own}";
        }

        return problem is null ? header.SystemIdentifier : throw Refused(path, problem);
    }

    private static void RequireHistory(string path, WalFileName file, LogContent content)
    {
        var bytes = new byte[(int)Math.Min(content.Length, 1 << 20)];
        var history = TimelineHistory.Parse(file.Timeline, bytes.AsSpan(0, content.Read(0, bytes)));
        if (history.Ancestors.Count == 0)
        {
            throw Refused(path, "it names no timeline that this one comes from");
        }
    }

    private static DrException Refused(string path, string problem) => new(
        DrError.SourceFailure,
        $"{path} is not archived: {problem}.",
        "Nothing was stored. Find out what put the file there; if the server cannot go on without it, take a new base backup once it can.")
    { Subject = path };

    /// <summary>Says of a conflict what it means for PostgreSQL.</summary>
    internal static LogPutResult[] Explain(LogPutResult[] results, WalFileName file)
    {
        var explained = new LogPutResult[results.Length];
        for (var i = 0; i < explained.Length; i++)
        {
            explained[i] = results[i].Error is { Error: DrError.LogConflict } conflict ? results[i] with { Error = Explain(conflict, file) } : results[i];
        }

        return explained;
    }

    private static DrException Explain(DrException conflict, WalFileName file) => file.Kind == WalFileKind.TimelineHistory
        ? new(
            DrError.LogConflict,
            string.Create(CultureInfo.InvariantCulture, $"{conflict.Message} Another copy of this cluster became timeline {file.Timeline} at another point."),
            "Of two copies only one may go on under this archive. Decide which: turn archiving off in the other one, or restore it again with this archive's restore_command, so that its promotion takes a timeline that is free.",
            conflict)
        { Subject = conflict.Subject }
        : new(
            DrError.LogConflict,
            string.Create(CultureInfo.InvariantCulture, $"{conflict.Message} Another server writes timeline {file.Timeline} of the same cluster: an old primary after a failover, or a restored copy."),
            "Nothing was overwritten. Find out which server is the right one, and turn archiving off in the other; to go on with a copy, promote it (a timeline of its own) rather than starting it as it is.",
            conflict)
        { Subject = conflict.Subject };
}
