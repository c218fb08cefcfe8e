using DrTools.Content;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Trees;

namespace DrTools.Repositories.Manifests;

/// <summary>Decodes what <see cref="ManifestBlockWriter"/> wrote.</summary>
internal static class ManifestBlockReader
{
    /// <summary>The most that the paths of a block may take in all, bytes.</summary>
    public const int MaximumPaths = 16 << 20;

    /// <summary>The most extents in a block.</summary>
    public const int MaximumExtents = 1 << 16;

    /// <summary>The smallest pages that a file can have, bytes.</summary>
    public const int MinimumPageSize = 512;

    /// <summary>The largest pages that a file can have, bytes.</summary>
    public const int MaximumPageSize = 1 << 16;

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static List<ManifestRecord> Read(ReadOnlySpan<byte> block, PackTable packs)
    {
        var reader = new ByteReader(block);
        var version = reader.Byte();
        if (version is not (ManifestBlockWriter.Version or ManifestBlockWriter.PagedVersion))
        {
            throw new InvalidDataException("The block has an unknown version.");
        }

        var packIndexes = new int[reader.Count(16)];
        for (var i = 0; i < packIndexes.Length; i++)
        {
            if (!packs.TryFind(new Guid(reader.Bytes(16), bigEndian: true), out packIndexes[i]))
            {
                throw new InvalidDataException("The block names a pack that its manifest does not.");
            }
        }

        var state = new State { Packs = packIndexes, Table = packs, MayBePaged = version == ManifestBlockWriter.PagedVersion };
        var records = new List<ManifestRecord>(1024);
        while (reader.Remaining > 0)
        {
            var record = ReadRecord(ref reader, ref state);
            if (records.Count > 0 && (records[^1].IsContinued != record.Entry is null || (record.Entry is null && records[^1].PageSize != record.PageSize)))
            {
                throw new InvalidDataException("A file is continued elsewhere than after its beginning.");
            }

            records.Add(record);
        }

        return records;
    }

    private static ManifestRecord ReadRecord(ref ByteReader reader, ref State state)
    {
        var tag = (RecordTag)reader.Byte();
        var continued = tag.HasFlag(RecordTag.Continued);
        if (tag.HasFlag(RecordTag.Continuation))
        {
            if (state.MayBePaged && (tag & ~RecordTag.Continued) == (RecordTag.Continuation | RecordTag.HasFlags))
            {
                var (pages, size) = ReadPagedContent(ref reader, ref state);
                return ManifestRecord.Paged(null, pages, continued, size);
            }

            if ((tag & ~RecordTag.Continued) != RecordTag.Continuation)
            {
                throw new InvalidDataException("A continuation says what only an entry can.");
            }

            var (part, partHash) = ReadContent(ref reader, ref state, isWhole: false, continued);
            return new ManifestRecord(null, part, continued, partHash);
        }

        var kind = (EntryKind)(tag & RecordTag.KindMask);
        if (!Enum.IsDefined(kind) || (continued && kind != EntryKind.File))
        {
            throw new InvalidDataException("An entry is of an unknown kind.");
        }

        var shared = reader.VarInt(state.Path.Length);
        var rest = reader.LengthAndBytes();
        state.PathBytes += shared + rest.Length;
        if (state.PathBytes > MaximumPaths)
        {
            throw new InvalidDataException("The paths of a block are too long.");
        }

        byte[] path = [.. state.Path.AsSpan(0, shared), .. rest];
        state.Path = path;
        if (!tag.HasFlag(RecordTag.SameAccess))
        {
            (state.Mode, state.User, state.Group) = (Narrow(reader.VarUInt()), Narrow(reader.VarUInt()), Narrow(reader.VarUInt()));
        }

        var flags = tag.HasFlag(RecordTag.HasFlags) ? reader.Byte() : (byte)0;
        var isPaged = state.MayBePaged && (flags & ManifestBlockWriter.PagedFlag) != 0;
        if (isPaged && kind != EntryKind.File)
        {
            throw new InvalidDataException("An entry that is no file has pages.");
        }

        var modified = ReadTime(ref reader, ref state.Modified);
        var changed = ReadTime(ref reader, ref state.Changed);
        var entry = new TreeEntry
        {
            Path = path,
            Kind = kind,
            Mode = state.Mode,
            UserId = state.User,
            GroupId = state.Group,
            ModifiedNs = modified,
            ChangedNs = changed,
            Flags = (EntryFlags)flags & (EntryFlags.Racy | EntryFlags.ChangedWhileRead),
        };
        Extent[] extents = [];
        ContentHash hash = default;
        var pageSize = 0;
        switch (kind)
        {
            case EntryKind.File when isPaged:
                entry.Size = reader.VarLong();
                (extents, pageSize) = ReadPagedContent(ref reader, ref state);
                break;
            case EntryKind.File:
                entry.Size = reader.VarLong();
                (extents, hash) = ReadContent(ref reader, ref state, isWhole: !continued, continued);
                break;
            case EntryKind.SymbolicLink or EntryKind.HardLink:
                entry.LinkTarget = reader.LengthAndBytes().ToArray();
                break;
            case EntryKind.CharacterDevice or EntryKind.BlockDevice:
                entry.DeviceNumber = reader.VarUInt();
                break;
        }

        if (tag.HasFlag(RecordTag.HasAttributes))
        {
            var attributes = new ExtendedAttribute[reader.Count(2)];
            for (var i = 0; i < attributes.Length; i++)
            {
                attributes[i] = new ExtendedAttribute(reader.LengthAndBytes().ToArray(), reader.LengthAndBytes().ToArray());
            }

            entry.Attributes = attributes;
        }

        return new ManifestRecord(entry, extents, continued, hash) { PageSize = pageSize };
    }

    private static (Extent[] Extents, ContentHash Hash) ReadContent(ref ByteReader reader, ref State state, bool isWhole, bool continued)
    {
        var count = reader.Count(1);
        if (isWhole && count == 0)
        {
            return ([], ContentHash.Empty);
        }

        state.Extents += count;
        if (state.Extents > MaximumExtents)
        {
            throw new InvalidDataException("The block has too many extents.");
        }

        var extents = new Extent[count];
        var single = false;
        var total = 0L;
        for (var i = 0; i < count; i++)
        {
            var head = reader.VarUInt();
            var length = (long)(head >> 2);
            if (length == 0 || length > long.MaxValue - total)
            {
                throw new InvalidDataException("An extent is empty or too long.");
            }

            total += length;

            if ((ExtentKind)(head & 3) == ExtentKind.Hole)
            {
                extents[i] = Extent.Hole(length);
                continue;
            }

            switch ((ExtentKind)(head & 3))
            {
                case ExtentKind.NewFrame:
                    state.Frame = ReadFrame(ref reader, ref state);
                    state.End = reader.VarInt(PackFormat.MaximumFrameContent);
                    break;
                case ExtentKind.SameFrame:
                    state.End = reader.VarInt(PackFormat.MaximumFrameContent);
                    break;
            }

            if (state.Frame.StoredLength == 0 || state.End + length > PackFormat.MaximumFrameContent)
            {
                throw new InvalidDataException("An extent lies outside every frame.");
            }

            single = isWhole && count == 1;
            var hash = single ? default : new ContentHash(reader.Bytes(ContentHash.Length));
            extents[i] = new Extent(state.Frame, (int)state.End, length, hash);
            state.End += length;
        }

        if (continued)
        {
            return (extents, default);
        }

        var whole = new ContentHash(reader.Bytes(ContentHash.Length));
        if (single)
        {
            extents[0] = extents[0] with { Hash = whole };
        }

        return (extents, whole);
    }

    private static (Extent[] Extents, int PageSize) ReadPagedContent(ref ByteReader reader, ref State state)
    {
        var pageSize = reader.VarInt(MaximumPageSize);
        if (pageSize < MinimumPageSize || !int.IsPow2(pageSize))
        {
            throw new InvalidDataException("A file has pages of an impossible size.");
        }

        var extents = new Extent[reader.Count(1)];
        state.Extents += extents.Length;
        if (state.Extents > MaximumExtents)
        {
            throw new InvalidDataException("The block has too many extents.");
        }

        var total = 0L;
        for (var i = 0; i < extents.Length; i++)
        {
            var head = reader.VarUInt();
            var length = PageCount.Bytes(head >> 3, pageSize);
            if (length == 0 || length > long.MaxValue - total)
            {
                throw new InvalidDataException("An extent is empty or too long.");
            }

            total += length;
            extents[i] = ReadPagedExtent(ref reader, ref state, (PagedExtentKind)(head & 7), length, pageSize);
        }

        return (extents, pageSize);
    }

    private static Extent ReadPagedExtent(ref ByteReader reader, ref State state, PagedExtentKind kind, long length, int pageSize)
    {
        var recent = state.Recent ??= new RecentFrames();
        switch (kind)
        {
            case PagedExtentKind.Hole:
                return Extent.Hole(length);
            case PagedExtentKind.Follows:
                break;
            case PagedExtentKind.NewFrame:
                recent.Add(ReadFrame(ref reader, ref state));
                recent[0].End = reader.VarInt(PackFormat.MaximumFrameContent);
                break;
            case PagedExtentKind.RecentFrame:
                recent.Use(reader.VarInt(recent.Count - 1));
                recent[0].End += PageCount.SignedBytes(reader.VarUInt(), pageSize);
                break;
            case PagedExtentKind.RecentFollows:
                recent.Use(reader.VarInt(recent.Count - 1));
                break;
            default:
                throw new InvalidDataException("An extent is of an unknown kind.");
        }

        var (frame, start) = recent[0];
        if (recent.Count == 0 || start < 0 || length > PackFormat.MaximumFrameContent - start)
        {
            throw new InvalidDataException("An extent lies outside every frame.");
        }

        recent[0].End = start + (int)length;
        return new Extent(frame, start, length, default);
    }

    private static FrameLocation ReadFrame(ref ByteReader reader, ref State state)
    {
        var frame = new FrameLocation(
            state.Packs[reader.VarInt(state.Packs.Length - 1)],
            reader.VarLong(),
            reader.VarInt(PackFormat.MaximumFrameLength));
        RequireInPack(frame, state.Table[frame.Pack]);
        return frame;
    }

    private static long ReadTime(ref ByteReader reader, ref long previousSeconds)
    {
        previousSeconds = unchecked(previousSeconds + reader.ZigZag());
        try
        {
            return EntryTime.Join(previousSeconds, reader.VarInt(999_999_999));
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException("A time is out of range.", e);
        }
    }

    /// <summary>Whether there can be such a frame: so no sum of offset and length overflows later.</summary>
    internal static void RequireInPack(FrameLocation frame, PackInfo pack)
    {
        if (frame.StoredLength <= PackFormat.FrameOverhead || frame.Offset < PackFormat.PrologueLength
            || frame.Offset > pack.Length - PackFormat.TrailerLength - frame.StoredLength)
        {
            throw new InvalidDataException("A frame lies outside its pack.");
        }
    }

    private static uint Narrow(ulong value) =>
        value <= uint.MaxValue ? (uint)value : throw new InvalidDataException("A number is out of range.");

    private ref struct State
    {
        public State()
        {
        }

        public int[] Packs = [];
        public PackTable Table = null!;
        public int PathBytes;
        public int Extents;
        public byte[] Path = [];
        public uint Mode;
        public uint User;
        public uint Group;
        public long Modified;
        public long Changed;
        public FrameLocation Frame;
        public long End;
        public bool MayBePaged;
        public RecentFrames? Recent;
    }
}
