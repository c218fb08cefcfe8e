using DrTools.Content;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Trees;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// Encodes records into one block. A block depends on nothing outside it, so that the same entries always give the
/// same bytes: that is what lets a later backup reuse it.
/// </summary>
internal sealed class ManifestBlockWriter(PackTable packs)
{
    /// <summary>The layout of blocks without paged files; also what repositories of format version 1 hold.</summary>
    public const byte Version = 1;

    /// <summary>The layout of blocks with paged files.</summary>
    public const byte PagedVersion = 2;

    /// <summary>Among the flags of an entry: its file is paged.</summary>
    public const byte PagedFlag = 4;

    private readonly ByteWriter _records = new(128 << 10);
    private readonly List<Guid> _packIds = [];
    private readonly Dictionary<int, int> _packIndex = [];
    private byte[] _previousPath = [];
    private uint _previousMode;
    private uint _previousUser;
    private uint _previousGroup;
    private long _previousModified;
    private long _previousChanged;
    private FrameLocation _previousFrame = new(-2, 0, 0);
    private long _previousEnd;
    private readonly RecentFrames _recent = new();
    private bool _hasPaged;

    public int Length => _records.Length;

    /// <summary>Length of all paths added, written out, bytes: many long ones that start alike take little room here and
    /// much in the memory of a reader.</summary>
    public int PathBytes { get; private set; }

    public bool IsEmpty => _records.Length == 0;

    public void Clear()
    {
        _records.Clear();
        _packIds.Clear();
        _packIndex.Clear();
        PathBytes = 0;
        _previousPath = [];
        (_previousMode, _previousUser, _previousGroup, _previousModified, _previousChanged) = (0, 0, 0, 0, 0);
        _previousFrame = new(-2, 0, 0);
        _previousEnd = 0;
        _recent.Clear();
        _hasPaged = false;
    }

    public byte[] Serialize()
    {
        var block = new ByteWriter(16 + (_packIds.Count * 16) + _records.Length);
        block.Byte(_hasPaged ? PagedVersion : Version);
        block.VarInt((ulong)_packIds.Count);
        foreach (var id in _packIds)
        {
            block.Bytes(id.ToByteArray(bigEndian: true));
        }

        block.Bytes(_records.Written);
        return block.Written.ToArray();
    }

    public void Add(ManifestRecord record)
    {
        if (record.Entry is { } entry)
        {
            AddEntry(entry, record);
        }
        else
        {
            _records.Byte((byte)(RecordTag.Continuation | (record.IsContinued ? RecordTag.Continued : 0) | (record.IsPaged ? RecordTag.HasFlags : 0)));
            AddContent(record, isWhole: false);
        }
    }

    private void AddEntry(TreeEntry entry, ManifestRecord record)
    {
        var tag = (RecordTag)entry.Kind;
        tag |= entry.Attributes is { Count: > 0 } ? RecordTag.HasAttributes : 0;
        tag |= entry.UserId == _previousUser && entry.GroupId == _previousGroup && entry.Mode == _previousMode ? RecordTag.SameAccess : 0;
        tag |= entry.Flags != EntryFlags.None || record.IsPaged ? RecordTag.HasFlags : 0;
        tag |= record.IsContinued ? RecordTag.Continued : 0;
        _records.Byte((byte)tag);

        var shared = entry.Path.AsSpan().CommonPrefixLength(_previousPath);
        _records.VarInt((ulong)shared);
        _records.LengthAndBytes(entry.Path.AsSpan(shared));
        _previousPath = entry.Path;
        PathBytes += entry.Path.Length;

        if (!tag.HasFlag(RecordTag.SameAccess))
        {
            _records.VarInt(entry.Mode);
            _records.VarInt(entry.UserId);
            _records.VarInt(entry.GroupId);
            (_previousMode, _previousUser, _previousGroup) = (entry.Mode, entry.UserId, entry.GroupId);
        }

        if (tag.HasFlag(RecordTag.HasFlags))
        {
            _records.Byte((byte)((byte)entry.Flags | (record.IsPaged ? PagedFlag : 0)));
        }

        AddTime(entry.ModifiedNs, ref _previousModified);
        AddTime(entry.ChangedNs, ref _previousChanged);
        switch (entry.Kind)
        {
            case EntryKind.File:
                _records.VarInt(entry.Size);
                AddContent(record, isWhole: !record.IsContinued);
                break;
            case EntryKind.SymbolicLink or EntryKind.HardLink:
                _records.LengthAndBytes(entry.LinkTarget);
                break;
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                _records.VarInt(entry.DeviceNumber);
                break;
        }

        if (entry.Attributes is { Count: > 0 } attributes)
        {
            _records.VarInt((ulong)attributes.Count);
            foreach (var attribute in attributes)
            {
                _records.LengthAndBytes(attribute.Name);
                _records.LengthAndBytes(attribute.Value);
            }
        }
    }

    /// <summary>Seconds as a difference from the entry before, nanoseconds as they are: packages unpack whole folders
    /// with one second and no fraction.</summary>
    private void AddTime(long nanoseconds, ref long previousSeconds)
    {
        var (seconds, fraction) = EntryTime.Split(nanoseconds);
        _records.ZigZag(seconds - previousSeconds);
        _records.VarInt((ulong)fraction);
        previousSeconds = seconds;
    }

    private void AddContent(ManifestRecord record, bool isWhole)
    {
        if (record.IsPaged)
        {
            AddPagedContent(record);
            return;
        }

        _records.VarInt((ulong)record.Extents.Length);
        Span<byte> hash = stackalloc byte[ContentHash.Length];

        // The hash of a file made of one stored run is the hash of that run.
        var single = isWhole && record.Extents is [{ IsHole: false }];
        foreach (var extent in record.Extents)
        {
            AddExtent(extent);
            if (!single && !extent.IsHole)
            {
                extent.Hash.CopyTo(hash);
                _records.Bytes(hash);
            }
        }

        if (!record.IsContinued && (!isWhole || record.Extents.Length > 0))
        {
            record.Hash.CopyTo(hash);
            _records.Bytes(hash);
        }
    }

    private void AddExtent(Extent extent)
    {
        var kind = extent.IsHole ? ExtentKind.Hole
            : extent.Frame != _previousFrame ? ExtentKind.NewFrame
            : extent.OffsetInFrame == _previousEnd ? ExtentKind.Follows
            : ExtentKind.SameFrame;
        _records.VarInt(((ulong)extent.Length << 2) | (ulong)kind);
        if (kind == ExtentKind.Hole)
        {
            return;
        }

        if (kind == ExtentKind.NewFrame)
        {
            _records.VarInt((ulong)PackIndex(extent.Frame.Pack));
            _records.VarInt(extent.Frame.Offset);
            _records.VarInt((ulong)extent.Frame.StoredLength);
            _previousFrame = extent.Frame;
        }

        if (kind is ExtentKind.NewFrame or ExtentKind.SameFrame)
        {
            _records.VarInt((ulong)extent.OffsetInFrame);
        }

        _previousEnd = extent.OffsetInFrame + extent.Length;
    }

    private void AddPagedContent(ManifestRecord record)
    {
        _hasPaged = true;
        _records.VarInt((ulong)record.PageSize);
        _records.VarInt((ulong)record.Extents.Length);
        foreach (var extent in record.Extents)
        {
            AddPagedExtent(extent, record.PageSize);
        }
    }

    private void AddPagedExtent(Extent extent, int pageSize)
    {
        var recent = extent.IsHole ? -1 : _recent.IndexOf(extent.Frame);
        var kind = extent.IsHole ? PagedExtentKind.Hole
            : recent < 0 ? PagedExtentKind.NewFrame
            : extent.OffsetInFrame != _recent[recent].End ? PagedExtentKind.RecentFrame
            : recent == 0 ? PagedExtentKind.Follows
            : PagedExtentKind.RecentFollows;
        _records.VarInt((PageCount.Of(extent.Length, pageSize) << 3) | (ulong)kind);
        switch (kind)
        {
            case PagedExtentKind.Hole:
                return;
            case PagedExtentKind.NewFrame:
                _records.VarInt((ulong)PackIndex(extent.Frame.Pack));
                _records.VarInt(extent.Frame.Offset);
                _records.VarInt((ulong)extent.Frame.StoredLength);
                _records.VarInt((ulong)extent.OffsetInFrame);
                _recent.Add(extent.Frame);
                break;
            case PagedExtentKind.RecentFrame:
                _records.VarInt((ulong)recent);
                _records.VarInt(PageCount.OfSigned(extent.OffsetInFrame - _recent[recent].End, pageSize));
                break;
            case PagedExtentKind.RecentFollows:
                _records.VarInt((ulong)recent);
                break;
        }

        if (recent > 0)
        {
            _recent.Use(recent);
        }

        _recent[0].End = extent.OffsetInFrame + (int)extent.Length;
    }

    private int PackIndex(int tableIndex)
    {
        if (!_packIndex.TryGetValue(tableIndex, out var index))
        {
            index = _packIds.Count;
            _packIds.Add(packs[tableIndex].Id);
            _packIndex.Add(tableIndex, index);
        }

        return index;
    }
}

/// <summary>The first byte of a record: the kind of the entry in the low three bits, and what follows.</summary>
[Flags]
internal enum RecordTag : byte
{
    KindMask = 0x07,
    Continuation = 0x08,
    HasFlags = 0x10,
    HasAttributes = 0x20,
    SameAccess = 0x40,
    Continued = 0x80,
}

/// <summary>The two low bits of an extent's length.</summary>
internal enum ExtentKind
{
    /// <summary>It starts where the extent before it ended, in the same frame.</summary>
    Follows = 0,

    /// <summary>Pack, offset and length of a frame follow, then the offset in it.</summary>
    NewFrame = 1,

    /// <summary>The frame of the extent before it; the offset in it follows.</summary>
    SameFrame = 2,

    /// <summary>Zeros.</summary>
    Hole = 3,
}

/// <summary>The three low bits of the length of a paged file's extent.</summary>
internal enum PagedExtentKind
{
    /// <summary>It starts where the last extent in the latest frame ended.</summary>
    Follows = 0,

    /// <summary>Pack, offset and length of a frame follow, then the offset in it. The frame becomes the latest.</summary>
    NewFrame = 1,

    /// <summary>One of the recent frames, whose place follows, then how far behind its end the extent starts.</summary>
    RecentFrame = 2,

    /// <summary>Zeros.</summary>
    Hole = 3,

    /// <summary>One of the recent frames, whose place follows; the extent starts at its end.</summary>
    RecentFollows = 4,
}

/// <summary>Numbers of bytes that are usually whole pages: the lowest bit tells bytes from pages.</summary>
internal static class PageCount
{
    public static ulong Of(long bytes, int pageSize) =>
        bytes % pageSize == 0 ? (ulong)(bytes / pageSize) << 1 : ((ulong)bytes << 1) | 1;

    /// <exception cref="InvalidDataException">It is more than 2^60 bytes.</exception>
    public static long Bytes(ulong count, int pageSize)
    {
        const ulong most = 1UL << 60;
        var number = count >> 1;
        var factor = (count & 1) == 0 ? (ulong)pageSize : 1;
        return number <= most / factor ? (long)(number * factor) : throw new InvalidDataException("An extent is empty or too long.");
    }

    public static ulong OfSigned(int bytes, int pageSize) =>
        bytes % pageSize == 0 ? ZigZag(bytes / pageSize) << 1 : (ZigZag(bytes) << 1) | 1;

    /// <exception cref="InvalidDataException">It is more than a frame holds.</exception>
    public static int SignedBytes(ulong count, int pageSize)
    {
        var zigZag = count >> 1;
        var number = (long)(zigZag >> 1) ^ -(long)(zigZag & 1);
        return Math.Abs(number) <= PackFormat.MaximumFrameContent / ((count & 1) == 0 ? pageSize : 1)
            ? (int)number * ((count & 1) == 0 ? pageSize : 1)
            : throw new InvalidDataException("An extent lies outside every frame.");
    }

    private static ulong ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));
}

/// <summary>Splits times into seconds (rounded down) and nanoseconds.</summary>
internal static class EntryTime
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static (long Seconds, long Fraction) Split(long nanoseconds)
    {
        var seconds = Math.DivRem(nanoseconds, NanosecondsPerSecond, out var fraction);
        return fraction < 0 ? (seconds - 1, fraction + NanosecondsPerSecond) : (seconds, fraction);
    }

    /// <exception cref="OverflowException">64 bits do not hold it.</exception>
    public static long Join(long seconds, long fraction) => checked((long)(((Int128)seconds * NanosecondsPerSecond) + fraction));
}
