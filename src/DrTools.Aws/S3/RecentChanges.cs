using System.Diagnostics;

namespace DrTools.Aws.S3;

/// <summary>
/// What this process has created and removed in the last minutes. Amazon's listings, and those of most servers, show at once
/// what is there; those of others, and of caches in between, lag. What a process has just stored it must find again.
/// </summary>
internal sealed class RecentChanges
{
    private const int MaximumKept = 20_000;

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly SortedDictionary<string, (bool Exists, long Length, long At)> _changes = new(StringComparer.Ordinal);

    public void Created(string name, long length) => Set(name, exists: true, length);

    public void Removed(string name) => Set(name, exists: false, 0);

    /// <summary>The changes below a prefix, in the order of their names.</summary>
    public List<(string Name, bool Exists, long Length)> Below(string prefix)
    {
        lock (_changes)
        {
            return [.. _changes
                .Where(c => c.Key.StartsWith(prefix, StringComparison.Ordinal) && Stopwatch.GetElapsedTime(c.Value.At) < Kept)
                .Select(c => (c.Key, c.Value.Exists, c.Value.Length))];
        }
    }

    private void Set(string name, bool exists, long length)
    {
        lock (_changes)
        {
            if (_changes.Count >= MaximumKept)
            {
                foreach (var old in _changes.Where(c => Stopwatch.GetElapsedTime(c.Value.At) >= Kept).Select(c => c.Key).ToList())
                {
                    _changes.Remove(old);
                }

                if (_changes.Count >= MaximumKept)
                {
                    _changes.Clear();
                }
            }

            _changes[name] = (exists, length, Stopwatch.GetTimestamp());
        }
    }
}
