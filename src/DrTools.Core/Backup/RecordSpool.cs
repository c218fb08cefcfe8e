using System.Buffers.Binary;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>
/// Keeps the records of entries that come in no order in a temporary file, and gives them back in walk order. In memory
/// are the paths, and where the records of each lie.
/// </summary>
internal sealed class RecordSpool : IDisposable
{
    private const int BufferLength = 256 << 10;

    private readonly string _folder;
    private readonly FileStream _file;
    private readonly PackTable _packs;
    private readonly ManifestBlockWriter _writer;
    private readonly List<SpooledEntry> _entries = [];
    private TreeEntry? _current;
    private long _start;
    private long _end;

    /// <param name="folder">Takes the file, which goes with the spool.</param>
    /// <param name="packs">The packs that the records refer to.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public RecordSpool(string folder, PackTable packs)
    {
        (_folder, _packs, _writer) = (folder, packs, new ManifestBlockWriter(packs));
        try
        {
            _file = new FileStream(Path.Combine(folder, "records"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferLength, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(e);
        }
    }

    /// <summary>Entries that are complete.</summary>
    public long Count => _entries.Count;

    /// <summary>Adds the next record; continuations follow their entry.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>: the folder is full, say.</exception>
    public void Add(ManifestRecord record)
    {
        if (record.Entry is { } entry)
        {
            (_current, _start) = (entry, _end);
            if (entry.Size < 0)
            {
                // It shows when the last of its records comes.
                record = record with { Entry = WithSize(entry, 0) };
            }
        }

        _writer.Clear();
        _writer.Add(record);
        var content = _writer.Serialize();
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        try
        {
            _file.Write(length);
            _file.Write(content);
        }
        catch (IOException e)
        {
            throw Failed(e);
        }

        _end += length.Length + content.Length;
        if (!record.IsContinued)
        {
            _entries.Add(new SpooledEntry(_current!.Path, _start, _current.Size));
        }
    }

    /// <summary>The records of all entries in walk order; of several entries with one path those of the last. The packs
    /// that they refer to must be complete.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public IEnumerable<ManifestRecord> Read()
    {
        _entries.Sort(static (a, b) => TreePath.Compare(a.Path, b.Path) is not 0 and var order ? order : a.Position.CompareTo(b.Position));
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (i + 1 < _entries.Count && entry.Path.AsSpan().SequenceEqual(_entries[i + 1].Path))
            {
                continue;
            }

            var record = ReadAt(entry.Position);
            yield return record.Entry!.Size == entry.Size ? record : record with { Entry = WithSize(record.Entry, entry.Size) };
            while (record.IsContinued)
            {
                record = ReadAt(_file.Position);
                yield return record;
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private static TreeEntry WithSize(TreeEntry entry, long size) => new()
    {
        Path = entry.Path,
        Kind = entry.Kind,
        Mode = entry.Mode,
        UserId = entry.UserId,
        GroupId = entry.GroupId,
        Size = size,
        ModifiedNs = entry.ModifiedNs,
        ChangedNs = entry.ChangedNs,
        LinkTarget = entry.LinkTarget,
        DeviceNumber = entry.DeviceNumber,
        Attributes = entry.Attributes,
        Flags = entry.Flags,
    };

    private ManifestRecord ReadAt(long position)
    {
        try
        {
            _file.Position = position;
            Span<byte> length = stackalloc byte[sizeof(int)];
            _file.ReadExactly(length);
            var content = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
            _file.ReadExactly(content);
            return ManifestBlockReader.Read(content, _packs)[0];
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Failed(e);
        }
    }

    private DrException Failed(Exception cause) => new(
        DrError.TargetFailure,
        $"The list of what was read cannot be kept in {_folder}: {cause.Message}",
        "Free some space there, or name another folder for temporary files (TMPDIR, or the work folder option).",
        cause);

    private readonly record struct SpooledEntry(byte[] Path, long Position, long Size);
}
