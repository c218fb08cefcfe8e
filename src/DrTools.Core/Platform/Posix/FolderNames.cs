using System.Buffers.Binary;

namespace DrTools.Platform.Posix;

/// <summary>The names in a folder, sorted by their bytes. Reused from folder to folder, so that a walk allocates
/// little.</summary>
internal sealed unsafe class FolderNames
{
    // getdents64 records: inode (8 bytes), offset (8), record length (2), type (1), then the name and a NUL.
    private const int RecordLength = 16;
    private const int RecordName = 19;
    private const int KeptCapacity = 1 << 16;

    private byte[] _bytes = new byte[1024];
    private Name[] _names = new Name[64];
    private int _used;

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> this[int index] => _bytes.AsSpan(_names[index].Offset, _names[index].Length);

    /// <summary>Reads the names of an open folder, without <c>.</c> and <c>..</c>.</summary>
    /// <param name="fd">The folder, open for reading.</param>
    /// <param name="buffer">Space for the kernel's records, some ten kilobytes.</param>
    /// <returns>0, or a negated error number; what was read before it is there.</returns>
    internal int Read(int fd, Span<byte> buffer)
    {
        if (_names.Length > KeptCapacity)
        {
            _names = new Name[64];
            _bytes = new byte[1024];
        }

        Count = 0;
        _used = 0;
        int length;
        fixed (byte* records = buffer)
        {
            while ((length = Errno.Of(LibC.GetDents64(Abi.CallGetDents64, fd, records, buffer.Length))) > 0)
            {
                Take(buffer[..length]);
            }
        }

        _names.AsSpan(0, Count).Sort(new ByBytes(_bytes));
        return length;
    }

    private void Take(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            var size = BinaryPrimitives.ReadUInt16LittleEndian(records[RecordLength..]);
            var name = records[RecordName..size];
            name = name[..name.IndexOf((byte)0)];
            records = records[size..];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                Add(name);
            }
        }
    }

    private void Add(ReadOnlySpan<byte> name)
    {
        if (_used + name.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        if (Count == _names.Length)
        {
            Array.Resize(ref _names, _names.Length * 2);
        }

        name.CopyTo(_bytes.AsSpan(_used));
        _names[Count++] = new Name(Prefix(name), _used, name.Length);
        _used += name.Length;
    }

    /// <summary>The first eight bytes as a number that compares as they do; no name holds a NUL.</summary>
    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(name);
        }

        var prefix = 0UL;
        for (var i = 0; i < name.Length; i++)
        {
            prefix |= (ulong)name[i] << (56 - (8 * i));
        }

        return prefix;
    }

    private readonly record struct Name(ulong Prefix, int Offset, int Length);

    private readonly struct ByBytes(byte[] bytes) : IComparer<Name>
    {
        public int Compare(Name x, Name y) =>
            x.Prefix != y.Prefix
                ? x.Prefix.CompareTo(y.Prefix)
                : bytes.AsSpan(x.Offset, x.Length).SequenceCompareTo(bytes.AsSpan(y.Offset, y.Length));
    }
}
