namespace DrTools.Backup;

/// <summary>Running totals of a backup, from several threads.</summary>
internal sealed class BackupCounters
{
    private long _readBytes;
    private long _newBytes;
    private long _filesRead;

    public long ReadBytes => Interlocked.Read(ref _readBytes);

    public long NewBytes => Interlocked.Read(ref _newBytes);

    public long FilesRead => Interlocked.Read(ref _filesRead);

    public void AddRead(long bytes) => Interlocked.Add(ref _readBytes, bytes);

    public void AddNew(long bytes) => Interlocked.Add(ref _newBytes, bytes);

    public void AddFile() => Interlocked.Increment(ref _filesRead);
}
