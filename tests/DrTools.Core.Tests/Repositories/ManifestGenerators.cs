using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Trees;
using FsCheck;
using FsCheck.Fluent;

namespace DrTools.Tests.Repositories;

/// <summary>Records as sources and the backup make them, and at the edges of what they can be.</summary>
internal static class ManifestGenerators
{
    public const int PackCount = 5;

    private static Gen<byte[]> Name => Gen.Choose(1, 255).Select(b => (byte)b).Where(b => b != (byte)'/').NonEmptyListOf().Select(l => l.Take(30).ToArray());

    private static Gen<uint> Id => Gen.Frequency((5, Gen.Elements(0u, 1000u)), (1, Gen.Choose(int.MinValue, int.MaxValue).Select(i => (uint)i)));

    private static Gen<long> Time => Gen.Frequency(
        (4, Gen.Choose(0, int.MaxValue).Select(s => (s * 1_000_000_000L) + (s % 1_000_000_000))),
        (2, Gen.Choose(-2_000_000_000, 0).Select(s => (s * 1_000_000_000L) + 1)),
        (1, Gen.Elements(0, -1, 1, long.MinValue, long.MaxValue, -1_000_000_000, -999_999_999)));

    private static Gen<ContentHash> Hash => Gen.Choose(0, int.MaxValue).Select(i => ContentHash.Of(BitConverter.GetBytes(i)));

    private static Gen<Extent> Extent => Gen.Frequency(
        (1, Gen.Choose(1, int.MaxValue).Select(l => DrTools.Content.Extent.Hole(l * 4096L))),
        (5, from pack in Gen.Choose(0, PackCount - 1)
            from frame in Gen.Choose(0, 3)
            from offset in Gen.Choose(0, 200_000)
            from length in Gen.Choose(1, 200_000)
            from hash in Hash
            select new Extent(new FrameLocation(pack, PackFormat.PrologueLength + (frame * 70_000L), 50_000 + frame), offset, length, hash)));

    public static Gen<ManifestRecord[]> Records => Gen.ArrayOf(File_()).Select(files => files.SelectMany(f => f).ToArray());

    /// <summary>Records of which some are of paged files.</summary>
    public static Gen<ManifestRecord[]> MixedRecords => Gen.ArrayOf(Gen.OneOf(File_(), PagedFile())).Select(files => files.SelectMany(f => f).ToArray());

    public static PackTable Table()
    {
        var table = new PackTable();
        for (var i = 0; i < PackCount; i++)
        {
            table.Add(new PackInfo
            {
                Id = new Guid(i + 1, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]),
                BackupId = "b",
                Kind = PackKind.Data,
                Salt = new byte[32],
                Length = 1 << 20,
                RawBytes = 1 << 22,
            });
        }

        return table;
    }

    private static Gen<TreeEntry> Entry =>
        from names in Name.ListOf()
        from kind in Gen.Choose(1, 7)
        from mode in Gen.Choose(0, 4095)
        from user in Id
        from times in Gen.ArrayOf(Time, 2)
        from target in Name
        from device in Gen.Choose(0, int.MaxValue)
        from flags in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 3)))
        from attributes in Gen.Frequency((3, Gen.Constant(Array.Empty<ExtendedAttribute>())), (1, Gen.ArrayOf(Name.Select(n => new ExtendedAttribute(n, [.. n, 0])))))
        select new TreeEntry
        {
            Path = [.. names.Take(4).SelectMany((n, i) => i == 0 ? n : [(byte)'/', .. n])],
            Kind = (EntryKind)kind,
            Mode = (uint)mode,
            UserId = user,
            GroupId = user ^ 1,
            ModifiedNs = times[0],
            ChangedNs = times[1],
            Flags = (EntryFlags)flags,
            LinkTarget = kind is 3 or 4 ? target : null,
            DeviceNumber = kind is 6 or 7 ? (ulong)device : 0,
            Attributes = attributes.Length == 0 ? null : attributes,
        };

    /// <summary>The records of one entry: several for a file whose extents are divided.</summary>
    private static Gen<ManifestRecord[]> File_() =>
        from entry in Entry
        from parts in Gen.ArrayOf(Gen.ArrayOf(Extent))
        from hash in Hash
        select Build(entry, parts, hash);

    /// <summary>An extent as paged files have them: mostly of whole pages, in frames that take turns.</summary>
    private static Gen<Extent> PagedExtent(int pageSize) => Gen.Frequency(
        (1, Gen.Choose(1, 100_000).Select(l => DrTools.Content.Extent.Hole((long)l * pageSize))),
        (1, Extent.Select(e => e with { Hash = default })),
        (6, from frame in Gen.Choose(0, 19)
            from page in Gen.Choose(0, 1000)
            from pages in Gen.Choose(1, Math.Max(1, (1 << 18) / pageSize))
            let offset = page * pageSize % (1 << 19)
            select new Extent(new FrameLocation(frame % PackCount, PackFormat.PrologueLength + (frame * 30_000L), 20_000 + frame), offset, pages * pageSize, default)));

    private static Gen<ManifestRecord[]> PagedFile() =>
        from entry in Entry.Where(e => e.Kind == EntryKind.File)
        from pageSize in Gen.Elements(512, 8192, 65536)
        from parts in Gen.ArrayOf(Gen.ArrayOf(PagedExtent(pageSize)))
        select parts.Length == 0
            ? [ManifestRecord.Paged(entry, [], false, pageSize)]
            : parts.Select((extents, i) => ManifestRecord.Paged(i == 0 ? entry : null, extents, i < parts.Length - 1, pageSize)).ToArray();

    private static ManifestRecord[] Build(TreeEntry entry, Extent[][] parts, ContentHash hash)
    {
        if (entry.Kind != EntryKind.File || parts.Length == 0 || (parts.Length == 1 && parts[0].Length == 0))
        {
            return [new ManifestRecord(entry, [], false, entry.Kind == EntryKind.File ? ContentHash.Empty : default)];
        }

        entry.Size = parts.Sum(p => p.Sum(e => e.Length));
        if (parts is [[{ IsHole: false } only]])
        {
            hash = only.Hash;
        }

        return [.. parts.Select((extents, i) => new ManifestRecord(i == 0 ? entry : null, extents, i < parts.Length - 1, i == parts.Length - 1 ? hash : default))];
    }
}
