using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>
/// Asynchronous fetching. Recovery asks for one segment at a time and replays it; a process in the background fetches those
/// that follow, several at once, into a spool of limited size. Whatever is not there, a call fetches itself: that a file
/// is missing is never said without having asked the archive.
/// </summary>
public static class WalPrefetcher
{
    /// <summary>Claimed by the process in the background.</summary>
    public const string LockName = "prefetcher.lock";

    /// <summary>How much is fetched ahead at most unless told otherwise, bytes.</summary>
    public const long DefaultLimit = 256L << 20;

    private const string PositionName = "position";
    private const string ClaimSuffix = ".claim";

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    /// <summary>Takes a segment from the spool, waiting for it if it is just being fetched.</summary>
    /// <param name="spool">The spool.</param>
    /// <param name="file">The segment that recovery asks for.</param>
    /// <param name="target">Where it goes.</param>
    /// <returns><see langword="false"/> when it is not there, which says nothing about the archive.</returns>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/> or <see cref="DrError.OutOfSpace"/>.</exception>
    public static bool TryTake(WalSpool spool, WalFileName file, string target)
    {
        ArgumentNullException.ThrowIfNull(spool);
        if (!File.Exists(spool.PathOf(file.Text)))
        {
            if (!File.Exists(spool.PathOf(file.Text + ClaimSuffix)))
            {
                return false;
            }

            using var claim = spool.Claim(file.Text + ClaimSuffix);
            claim.Remove();
        }

        try
        {
            return WalGet.TryMove(spool.PathOf(file.Text), target);
        }
        catch (FileNotFoundException)
        {
            // It was not fetched after all, or has been tidied away.
            return false;
        }
    }

    /// <summary>Tells the process in the background what recovery asks for. To be called before it is taken, so that it is not
    /// fetched again.</summary>
    public static void Advance(WalSpool spool, WalFileName file)
    {
        ArgumentNullException.ThrowIfNull(spool);
        try
        {
            var position = spool.PathOf(PositionName);
            File.WriteAllText(position + ".new", file.Text);
            File.Move(position + ".new", position, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without word of it nothing is fetched ahead, and recovery goes on all the same: a spool that is full must not stop it.
        }
    }

    /// <summary>Whether a process in the background is to be started, once there was something to fetch.</summary>
    public static bool IsWanted(WalSpool spool)
    {
        ArgumentNullException.ThrowIfNull(spool);
        return !spool.HasJustFailed(AfterFailure) && !spool.IsAttended(LockName);
    }

    /// <summary>Works until recovery has not asked for anything for a while, and then empties the spool.</summary>
    /// <param name="archives">The repositories.</param>
    /// <param name="spool">The spool.</param>
    /// <param name="systemIdentifier">The cluster.</param>
    /// <param name="segmentSize">Size of its segments, bytes.</param>
    /// <param name="jobs">How many segments are fetched at once.</param>
    /// <param name="limit">The most that lies in the spool, bytes; at least one segment does.</param>
    /// <param name="cancellationToken">Stops it between two segments.</param>
    /// <returns>How many segments it fetched.</returns>
    public static int Run(
        IReadOnlyList<LogArchive> archives, WalSpool spool, ulong systemIdentifier, uint segmentSize, int jobs, long limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spool);
        using var attendance = spool.TryClaim(LockName);
        if (attendance is null)
        {
            return 0;
        }

        var window = (int)Math.Clamp(limit / segmentSize, 1, 1024);
        var fetched = 0;
        var (position, end) = (string.Empty, ulong.MaxValue);
        var idle = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            while (idle.Elapsed < WalSpool.IdleTime && !cancellationToken.IsCancellationRequested)
            {
                var now = ReadPosition(spool);
                if (now == position || !WalFileName.TryParse(now, out var file) || !WalSegment.TryOf(file, segmentSize, out var current))
                {
                    Thread.Sleep(TimeSpan.FromMilliseconds(2));
                    continue;
                }

                // On another timeline, or after a while, there may be more.
                end = position.Length == 0 || position[..8] != now[..8] ? ulong.MaxValue : end;
                position = now;
                idle.Restart();
                Tidy(spool, current, window, segmentSize);
                var wanted = Enumerable.Range(1, window).Select(i => current with { Number = current.Number + (ulong)i })
                    .Where(s => s.Number < end && !File.Exists(spool.PathOf(s.FileName))).ToList();
                end = Math.Min(end, Fetch(archives, spool, systemIdentifier, wanted, jobs, ref fetched));
            }
        }
        catch (DrException e)
        {
            // The next call meets it itself, and tells the server.
            spool.NoteFailure(e);
        }

        Tidy(spool, null, 0, segmentSize);
        return fetched;
    }

    /// <returns>Number of the first segment that the archive does not have.</returns>
    private static ulong Fetch(IReadOnlyList<LogArchive> archives, WalSpool spool, ulong systemIdentifier, List<WalSegment> wanted, int jobs, ref int fetched)
    {
        var next = -1;
        var count = 0;
        var end = ulong.MaxValue;
        DrException? failure = null;
        var gate = new Lock();
        void Work()
        {
            while (Volatile.Read(ref failure) is null && Interlocked.Increment(ref next) is var index && index < wanted.Count && wanted[index].Number < Volatile.Read(ref end))
            {
                try
                {
                    if (TryFetch(archives, spool, systemIdentifier, wanted[index]) is not { } isThere)
                    {
                        continue;
                    }

                    lock (gate)
                    {
                        (count, end) = isThere ? (count + 1, end) : (count, Math.Min(end, wanted[index].Number));
                    }
                }
                catch (DrException e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                }
            }
        }

        var threads = Enumerable.Range(0, Math.Min(jobs, wanted.Count)).Select(_ => new Thread(Work) { IsBackground = true }).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        fetched += count;
        return failure is null ? end : throw failure;
    }

    /// <returns>Whether the archive has it; <see langword="null"/> when somebody else is at it.</returns>
    private static bool? TryFetch(IReadOnlyList<LogArchive> archives, WalSpool spool, ulong systemIdentifier, WalSegment segment)
    {
        using var claim = spool.TryClaim(segment.FileName + ClaimSuffix);
        if (claim is null || !WalFileName.TryParse(segment.FileName, out var file))
        {
            return null;
        }

        try
        {
            // What is fetched ahead may lie there until the segment is whole.
            return WalGet.Run(archives, systemIdentifier, file, spool.PathOf(segment.FileName), null, orCut: false);
        }
        finally
        {
            claim.Remove();
        }
    }

    private static string ReadPosition(WalSpool spool)
    {
        try
        {
            return File.ReadAllText(spool.PathOf(PositionName));
        }
        catch (IOException)
        {
            // It is being replaced, or nothing was asked for yet.
            return string.Empty;
        }
    }

    /// <summary>Removes what recovery has passed, and what belongs to another way.</summary>
    private static void Tidy(WalSpool spool, WalSegment? current, int window, uint segmentSize)
    {
        foreach (var file in new DirectoryInfo(spool.Folder).EnumerateFiles())
        {
            var name = file.Name.EndsWith(".drtools", StringComparison.Ordinal) ? file.Name[..^8] : file.Name;
            if (!WalFileName.TryParse(name, out var known) || !WalSegment.TryOf(known, segmentSize, out var segment))
            {
                continue;
            }

            var isAhead = current is { } at && segment.Timeline == at.Timeline && segment.Number > at.Number && segment.Number <= at.Number + (ulong)window;
            if (!isAhead && segment != current)
            {
                file.Delete();
            }
        }
    }
}
