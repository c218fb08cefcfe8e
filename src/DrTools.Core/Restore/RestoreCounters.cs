namespace DrTools.Restore;

/// <summary>Running totals of a restore, from several threads.</summary>
internal sealed class RestoreCounters
{
    private long _files;
    private long _directories;
    private long _others;
    private long _bytes;
    private long _reused;
    private long _storedBytes;
    private long _paged;

    public long Files => Interlocked.Read(ref _files);

    public long Directories => Interlocked.Read(ref _directories);

    public long Others => Interlocked.Read(ref _others);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long ReusedFiles => Interlocked.Read(ref _reused);

    /// <summary>Files that have no hash of their own.</summary>
    public long PagedFiles => Interlocked.Read(ref _paged);

    /// <summary>Bytes read from the repository.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    public long Entries => Files + Directories + Others;

    public void AddFile() => Interlocked.Increment(ref _files);

    public void AddDirectory() => Interlocked.Increment(ref _directories);

    public void AddOther() => Interlocked.Increment(ref _others);

    /// <summary>Counts a file that is still the same one.</summary>
    /// <param name="changed">Whether some of it was written.</param>
    public void AddKept(bool changed)
    {
        if (!changed)
        {
            AddReused();
        }
    }

    public void AddPaged() => Interlocked.Increment(ref _paged);

    public void AddReused() => Interlocked.Increment(ref _reused);

    public void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void AddStored(long bytes) => Interlocked.Add(ref _storedBytes, bytes);
}
