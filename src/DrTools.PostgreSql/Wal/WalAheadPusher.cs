using System.Collections.Concurrent;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>
/// Asynchronous archiving. PostgreSQL asks for one file at a time, and waits; a process in the background looks ahead into
/// <c>pg_wal/archive_status</c> for what it is going to ask for, and stores it, several at once. What was stored
/// so is noted, and a later call for it returns at once. A call whose file nobody has stored yet stores it itself: success
/// means durable in every repository, whoever did it.
/// </summary>
public static class WalAheadPusher
{
    /// <summary>Claimed by the process in the background.</summary>
    public const string LockName = "pusher.lock";

    private const string Done = "durable ";

    /// <summary>How many files ahead of the server are looked at in one round. Nothing of them is kept in the spool but a note
    /// of some bytes.</summary>
    private const int Window = 256;

    private const int FailureLimit = 5;

    // A call that finds nothing done ahead does it itself, so that a pause costs nothing but the help for one segment.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether a note says that a file is durable; then nothing needs to be opened.</summary>
    public static bool TryTakeNote(WalClaim claim, string path)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (claim.Note != Done + WalSpool.IdentityOf(path))
        {
            return false;
        }

        claim.Remove();
        return true;
    }

    /// <summary>Whether there is more to do than the server has asked for, and nobody is at it.</summary>
    public static bool IsWanted(WalSpool spool, string path, uint segmentSize)
    {
        ArgumentNullException.ThrowIfNull(spool);
        if (!WalFileName.TryParse(Path.GetFileName(path), out var file) || !WalSegment.TryOf(file, segmentSize, out var segment))
        {
            return false;
        }

        var next = segment.Next.FileName;
        return File.Exists(Path.Combine(Path.GetDirectoryName(path) ?? ".", "archive_status", next + ".ready"))
            && !File.Exists(spool.PathOf(next))
            && !spool.HasJustFailed(WalSpool.IdleTime)
            && !spool.IsAttended(LockName);
    }

    /// <summary>Works until there is nothing left to do for a while, or until it fails again and again.</summary>
    /// <param name="archives">The repositories.</param>
    /// <param name="spool">Where to leave notes.</param>
    /// <param name="walFolder">The server's <c>pg_wal</c>.</param>
    /// <param name="jobs">How many files are stored at once.</param>
    /// <param name="cancellationToken">Stops it between two files.</param>
    /// <returns>How many files it stored.</returns>
    public static int Run(IReadOnlyList<LogArchive> archives, WalSpool spool, string walFolder, int jobs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spool);
        using var attendance = spool.TryClaim(LockName);
        if (attendance is null)
        {
            return 0;
        }

        var stored = 0;
        var failures = 0;
        var pause = ShortestPause;
        List<string> tidied = [];
        ConcurrentDictionary<string, string> pushed = new(StringComparer.Ordinal);
        var idle = System.Diagnostics.Stopwatch.StartNew();
        while (idle.Elapsed < WalSpool.IdleTime && failures < FailureLimit && !cancellationToken.IsCancellationRequested && Directory.Exists(walFolder))
        {
            var ready = Ready(walFolder);


            // Between a call that took a note and the server's own word that the file is archived, the file looks as if nobody
            // had stored it: it is not stored again.
            var wanted = ready
                .Where(n => !File.Exists(spool.PathOf(n)) && !(pushed.TryGetValue(n, out var identity) && identity == WalSpool.IdentityOf(Path.Combine(walFolder, n))))
                .ToList();
            var failure = wanted.Count == 0 ? null : PushAll(archives, spool, walFolder, wanted, jobs, pushed, ref stored, cancellationToken);
            if (!ready.SequenceEqual(tidied))
            {
                foreach (var name in pushed.Keys.Except(ready).ToList())
                {
                    pushed.TryRemove(name, out _);
                }

                Tidy(spool, walFolder, ready);
                tidied = ready;
            }

            if (failure is not null)
            {
                failures++;
                spool.NoteFailure(failure);
                Thread.Sleep(TimeSpan.FromMilliseconds(200 << failures));
            }
            else if (wanted.Count > 0)
            {
                failures = 0;
                pause = ShortestPause;
                idle.Restart();
            }
            else
            {
                Thread.Sleep(pause);
                pause = pause < LongestPause ? pause * 2 : LongestPause;
            }
        }

        return stored;
    }

    private static DrException? PushAll(
        IReadOnlyList<LogArchive> archives,
        WalSpool spool,
        string walFolder,
        List<string> names,
        int jobs,
        ConcurrentDictionary<string, string> pushed,
        ref int stored,
        CancellationToken cancellationToken)
    {
        var queue = new ConcurrentQueue<string>(names);
        var count = 0;
        DrException? failure = null;
        void Work()
        {
            while (Volatile.Read(ref failure) is null && !cancellationToken.IsCancellationRequested && queue.TryDequeue(out var name))
            {
                try
                {
                    if (TryPush(archives, spool, Path.Combine(walFolder, name), name) is { } identity)
                    {
                        pushed[name] = identity;
                        Interlocked.Increment(ref count);
                    }
                }
                catch (DrException e)
                {
                    // Whoever is asked for this file meets the same, and tells the server.
                    Interlocked.CompareExchange(ref failure, e, null);
                }
            }
        }

        var threads = Enumerable.Range(0, Math.Min(jobs, names.Count)).Select(_ => new Thread(Work) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        stored += count;
        return failure;
    }

    private static string? TryPush(IReadOnlyList<LogArchive> archives, WalSpool spool, string path, string name)
    {
        using var claim = spool.TryClaim(name);
        if (claim is null || claim.Note.Length > 0)
        {
            return null;
        }

        var identity = WalSpool.IdentityOf(path);
        var isDone = false;
        try
        {
            // Gone: another call has stored it, and the server has done away with it since the folder was read.
            if (identity.Length > 0)
            {
                var result = WalPush.Run(archives, path);
                foreach (var repository in result.Results)
                {
                    if (repository.Error is { } error)
                    {
                        throw error;
                    }
                }

                claim.Leave(Done + identity);
                isDone = true;
            }
        }
        finally
        {
            if (!isDone)
            {
                claim.Remove();
            }
        }

        return isDone ? identity : null;
    }

    /// <summary>What the server is going to ask for, in its order: histories first, then by name.</summary>
    private static List<string> Ready(string walFolder)
    {
        const string suffix = ".ready";
        try
        {
            return [.. new DirectoryInfo(Path.Combine(walFolder, "archive_status")).EnumerateFiles("*" + suffix)
                .Select(f => f.Name[..^suffix.Length])
                .Where(n => WalFileName.TryParse(n, out _))
                .OrderBy(n => n.EndsWith(".history", StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(n => n, StringComparer.Ordinal)
                .Take(Window)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cluster was removed.
            return [];
        }
    }

    /// <summary>Removes notes of files that the server does not ask for any more: it was told otherwise that they are archived.</summary>
    private static void Tidy(WalSpool spool, string walFolder, List<string> ready)
    {
        foreach (var note in new DirectoryInfo(spool.Folder).EnumerateFiles())
        {
            if (WalFileName.TryParse(note.Name, out _) && !ready.Contains(note.Name) && note.Length > 0
                && !File.Exists(Path.Combine(walFolder, "archive_status", note.Name + ".ready")))
            {
                using var claim = spool.TryClaim(note.Name);
                claim?.Remove();
            }
        }
    }
}
