namespace DrTools.Aws.S3;

/// <summary>
/// Reads objects that are read from front to back in larger stretches, one ahead of the reader: so a restore waits for the
/// server's latency once for several frames, whichever of its workers wants them. Other reads pass through. A stretch is
/// at most twice as long as what was read up to it, because what seems to go on often does not: files refer back to what
/// other files had before them.
/// </summary>
internal sealed class S3ReadAhead(S3Reader reader, S3Limits limits) : IDisposable
{
    /// <summary>What may lie between two reads that count as going on: a frame that another worker reads just now.</summary>
    private const long Gap = 1 << 20;

    /// <summary>How many ends of reads are remembered: of each object several, which is read in several places in turn.</summary>
    private const int MaximumKnown = 64;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<ReadWindow> _windows = [];
    private readonly Stack<byte[]> _free = [];
    private readonly List<(string Name, long End, long Run)> _ends = [];
    private long _clock;

    public async Task<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var filled = 0;
        while (filled < buffer.Length && Find(name, offset + filled, buffer.Length - filled) is { } window)
        {
            try
            {
                var length = await window.Reading.WaitAsync(cancellationToken).ConfigureAwait(false);
                var from = (int)(offset + filled - window.Start);
                var count = Math.Clamp(length - from, 0, buffer.Length - filled);
                window.Content.AsMemory(from, count).CopyTo(buffer[filled..]);
                filled += count;
                if (filled < buffer.Length && length < window.Length)
                {
                    return filled;
                }
            }
            catch (DrException)
            {
                Drop(window);
                throw;
            }
            finally
            {
                Release(window);
            }
        }

        if (filled < buffer.Length || buffer.Length == 0)
        {
            filled += await reader.ReadAsync(name, offset + filled, buffer[filled..], cancellationToken).ConfigureAwait(false);
        }

        Remember(name, offset, offset + filled);
        return filled;
    }

    /// <summary>Forgets what was read of an object.</summary>
    public void Forget(string name)
    {
        lock (_windows)
        {
            _ends.RemoveAll(e => e.Name == name);
            foreach (var window in _windows.Where(w => w.Name == name).ToList())
            {
                Remove(window);
            }
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>The window that a read begins in, if there is or should be one; to be released.</summary>
    private ReadWindow? Find(string name, long offset, int count)
    {
        lock (_windows)
        {
            var window = _windows.Find(w => w.Covers(name, offset));
            if (window is null)
            {
                if (count > limits.ReadAhead / 2 || FindEnd(name, offset) is not (>= 0 and var known))
                {
                    return null;
                }

                window = Begin(name, offset, (int)Math.Clamp(2 * _ends[known].Run, count, limits.ReadAhead));
            }

            window.Users++;
            window.Used = ++_clock;

            // Once, and by the reader that is furthest: one behind it needs no more of what was ahead.
            var next = window.Start + window.Length;
            var isShort = window.Reading.IsCompletedSuccessfully && window.Reading.Result < window.Length;
            window.Reached = Math.Max(window.Reached, offset + count);
            if (!isShort && !window.IsFollowed && window.Reached - window.Start > window.Length / (window.Length < limits.ReadAhead ? 2 : 4))
            {
                window.IsFollowed = true;
                if (!_windows.Exists(w => w.Covers(name, next)))
                {
                    Begin(name, next, Math.Min(2 * window.Length, limits.ReadAhead));
                }
            }

            return window;
        }
    }

    private ReadWindow Begin(string name, long offset, int length)
    {
        while (_windows.Count >= limits.ReadWindows)
        {
            // What has been read to its end has hardly a use any more; what has not been read has cost as much.
            Remove(_windows.MinBy(w => (w.IsRead ? 0 : 1, w.Used))!);
        }

        foreach (var other in _windows.Where(w => w.Name == name && w.Start > offset && w.Start < offset + length))
        {
            length = (int)(other.Start - offset);
        }

        var window = new ReadWindow(name, offset, length, _free.TryPop(out var free) ? free : GC.AllocateUninitializedArray<byte>(limits.ReadAhead)) { Used = ++_clock, Users = 1 };
        _windows.Add(window);
        window.Reading = Task.Run(() => reader.ReadAsync(name, offset, window.Content.AsMemory(0, length), _stop.Token), _stop.Token);

        // Nobody may ever wait for it: then its failure is nobody's.
        _ = window.Reading.ContinueWith(
            r =>
            {
                _ = r.Exception;
                Release(window);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return window;
    }

    private void Drop(ReadWindow window)
    {
        lock (_windows)
        {
            Remove(window);
        }
    }

    private void Remove(ReadWindow window)
    {
        if (!window.IsDropped)
        {
            window.IsDropped = true;
            _windows.Remove(window);
            Reuse(window);
        }
    }

    private void Release(ReadWindow window)
    {
        lock (_windows)
        {
            window.Users--;
            Reuse(window);
        }
    }

    private void Reuse(ReadWindow window)
    {
        if (window is { IsDropped: true, Users: 0 } && _free.Count < limits.ReadWindows)
        {
            _free.Push(window.Content);
        }
    }

    /// <summary>The index of a read that one goes on from; -1 when there was none.</summary>
    private int FindEnd(string name, long offset) => _ends.FindLastIndex(e => e.Name == name && offset >= e.End && offset - e.End <= Gap);

    private void Remember(string name, long start, long end)
    {
        lock (_windows)
        {
            var run = end - start;
            if (FindEnd(name, start) is >= 0 and var known)
            {
                run += _ends[known].Run;
                _ends.RemoveAt(known);
            }
            else if (_ends.Count >= MaximumKnown)
            {
                _ends.RemoveAt(0);
            }

            _ends.Add((name, end, run));
        }
    }
}
