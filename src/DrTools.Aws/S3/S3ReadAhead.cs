namespace DrTools.Aws.S3;

/// <summary>
/// Reads objects that are read from front to back in larger stretches, one ahead of the reader: so a restore waits for the
/// server's latency once for several frames, whichever of its workers wants them. Other reads pass through.
/// </summary>
internal sealed class S3ReadAhead(S3Reader reader, S3Limits limits) : IDisposable
{
    /// <summary>What may lie between two reads that count as going on: a frame that another worker reads just now.</summary>
    private const long Gap = 1 << 20;

    private const int MaximumKnown = 256;

    private readonly CancellationTokenSource _stop = new();
    private readonly List<ReadWindow> _windows = [];
    private readonly Stack<byte[]> _free = [];
    private readonly Dictionary<string, long> _ends = new(StringComparer.Ordinal);
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
                if (filled < buffer.Length && length < window.Content.Length)
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

        Remember(name, offset + filled);
        return filled;
    }

    /// <summary>Forgets what was read of an object.</summary>
    public void Forget(string name)
    {
        lock (_windows)
        {
            _ends.Remove(name);
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
                var goesOn = _ends.TryGetValue(name, out var end) && offset >= end && offset - end <= Gap;
                if (!goesOn || count > limits.ReadAhead / 2)
                {
                    return null;
                }

                window = Begin(name, offset);
            }

            window.Users++;
            window.Used = ++_clock;
            var next = window.Start + window.Content.Length;
            var isShort = window.Reading.IsCompletedSuccessfully && window.Reading.Result < window.Content.Length;
            if (!isShort && offset - window.Start > window.Content.Length / 4 && !_windows.Exists(w => w.Covers(name, next)))
            {
                Begin(name, next);
            }

            return window;
        }
    }

    private ReadWindow Begin(string name, long offset)
    {
        while (_windows.Count >= limits.ReadWindows)
        {
            Remove(_windows.MinBy(w => w.Used)!);
        }

        var window = new ReadWindow(name, offset, _free.TryPop(out var free) ? free : GC.AllocateUninitializedArray<byte>(limits.ReadAhead)) { Used = ++_clock, Users = 1 };
        _windows.Add(window);
        window.Reading = Task.Run(() => reader.ReadAsync(name, offset, window.Content, _stop.Token), _stop.Token);

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

    private void Remember(string name, long end)
    {
        lock (_windows)
        {
            if (_ends.Count >= MaximumKnown && !_ends.ContainsKey(name))
            {
                _ends.Clear();
            }

            _ends[name] = end;
        }
    }
}
