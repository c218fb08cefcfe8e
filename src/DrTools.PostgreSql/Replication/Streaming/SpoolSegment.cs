using DrTools.PostgreSql.Wal;
using Microsoft.Win32.SafeHandles;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>The segment that is being received. It has its full length from the start: recovery takes no other, and what is
/// not written yet is zeros, at which recovery ends.</summary>
internal sealed class SpoolSegment : IDisposable
{
    private readonly SpoolFolder _folder;
    private readonly SafeFileHandle _file;

    public SpoolSegment(SpoolFolder folder, WalSegment segment)
    {
        (_folder, Segment) = (folder, segment);

        _file = File.OpenHandle(Path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.SetLength(_file, segment.Size);
        RandomAccess.FlushToDisk(_file);
        folder.Sync();
        (Written, Flushed) = (segment.Start, segment.Start);
    }

    public WalSegment Segment { get; }

    public string Path => _folder.PathOf(Segment.FileName + SpoolFolder.PartialSuffix);

    /// <summary>Up to where it has been written.</summary>
    public Lsn Written { get; private set; }

    /// <summary>Up to where it is durable.</summary>
    public Lsn Flushed { get; private set; }

    public bool IsComplete => Written == Segment.End;

    /// <summary>Appends.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, (long)(Written.Value - Segment.Start.Value));
        Written = new Lsn(Written.Value + (ulong)bytes.Length);
    }

    public void Flush()
    {
        if (Flushed < Written)
        {
            RandomAccess.FlushToDisk(_file);
            Flushed = Written;
        }
    }

    /// <summary>Gives the complete segment its name.</summary>
    public void Complete()
    {
        Flush();
        _file.Dispose();
        File.Move(Path, _folder.PathOf(Segment.FileName), overwrite: true);
        _folder.Sync();
    }

    public void Dispose() => _file.Dispose();
}
