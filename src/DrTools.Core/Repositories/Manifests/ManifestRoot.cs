using System.Text.Json;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Repositories.Manifests;

/// <summary>A block of a manifest's body: entries in walk order, stored like content.</summary>
/// <param name="Hash">SHA-256 of its bytes.</param>
/// <param name="Frame">The frame whose whole content it is.</param>
/// <param name="FirstPath">Path of its first entry (of the file, where it starts with a continuation).</param>
internal sealed record ManifestBlock(ContentHash Hash, FrameLocation Frame, byte[] FirstPath);

/// <summary>
/// The manifest of a backup: what it is, the packs that it refers to and the blocks of its body.
/// See <c>docs/repository-format.md</c>, "Manifests".
/// </summary>
internal sealed record ManifestRoot(BackupInfo Info, IReadOnlyList<PackInfo> Packs, IReadOnlyList<ManifestBlock> Blocks)
{
    /// <summary>Size of all packs that the manifest refers to, bytes.</summary>
    public long ReferencedBytes => Packs.Sum(p => p.Length);

    public PackTable NewPackTable()
    {
        var table = new PackTable();
        foreach (var pack in Packs)
        {
            table.Add(new PackInfo
            {
                Id = pack.Id,
                BackupId = pack.BackupId,
                Kind = pack.Kind,
                Salt = pack.Salt,
                Length = pack.Length,
                RawBytes = pack.RawBytes,
            });
        }

        return table;
    }

    public byte[] Serialize()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(Info, RepositoryJson.Default.BackupInfo);
        var writer = new ByteWriter(json.Length + (Packs.Count * 80) + (Blocks.Count * 80));
        writer.LengthAndBytes(json);
        var owners = Packs.Select(p => p.BackupId).Distinct().Order(StringComparer.Ordinal).ToList();
        writer.VarInt((ulong)owners.Count);
        foreach (var owner in owners)
        {
            writer.LengthAndBytes(System.Text.Encoding.ASCII.GetBytes(owner));
        }

        writer.VarInt((ulong)Packs.Count);
        foreach (var pack in Packs)
        {
            writer.Bytes(pack.Id.ToByteArray(bigEndian: true));
            writer.VarInt((ulong)owners.IndexOf(pack.BackupId));
            writer.Byte((byte)pack.Kind);
            writer.Bytes(pack.Salt);
            writer.VarInt(pack.Length);
            writer.VarInt(pack.RawBytes);
            writer.VarInt(pack.LiveBytes);
        }

        writer.VarInt((ulong)Blocks.Count);
        foreach (var block in Blocks)
        {
            writer.Bytes(block.Hash.ToArray());
            writer.VarInt((ulong)block.Frame.Pack);
            writer.VarInt(block.Frame.Offset);
            writer.VarInt((ulong)block.Frame.StoredLength);
            writer.LengthAndBytes(block.FirstPath);
        }

        return writer.Written.ToArray();
    }

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static ManifestRoot Parse(ReadOnlySpan<byte> content)
    {
        var reader = new ByteReader(content);
        BackupInfo info;
        try
        {
            info = Complete(JsonSerializer.Deserialize(reader.LengthAndBytes(), RepositoryJson.Default.BackupInfo)
                ?? throw new InvalidDataException("The manifest describes nothing."));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("The manifest's description is malformed.", e);
        }

        // It becomes part of names of objects.
        var owners = new string[reader.Count(2)];
        for (var i = 0; i < owners.Length; i++)
        {
            owners[i] = System.Text.Encoding.Latin1.GetString(reader.LengthAndBytes());
            if (!ObjectName.IsSegment(owners[i]))
            {
                throw new InvalidDataException("A pack's owner is not the id of a backup.");
            }
        }

        var packs = new PackInfo[reader.Count(53)];
        var ids = new HashSet<Guid>();
        for (var i = 0; i < packs.Length; i++)
        {
            var pack = new PackInfo
            {
                Id = new Guid(reader.Bytes(16), bigEndian: true),
                BackupId = owners[reader.VarInt(owners.Length - 1)],
                Kind = (PackKind)reader.Byte(),
                Salt = reader.Bytes(32).ToArray(),
                Length = reader.VarLong(),
                RawBytes = reader.VarLong(),
                LiveBytes = reader.VarLong(),
            };
            if (!ids.Add(pack.Id) || !Enum.IsDefined(pack.Kind)
                || pack.Length is < PackFormat.PrologueLength + PackFormat.TrailerLength or > PackFormat.MaximumLength
                || pack.RawBytes > PackFormat.MaximumRawBytes || pack.LiveBytes > pack.RawBytes)
            {
                throw new InvalidDataException("The description of a pack contradicts itself or another.");
            }

            packs[i] = pack;
        }

        var blocks = new ManifestBlock[reader.Count(36)];
        for (var i = 0; i < blocks.Length; i++)
        {
            var hash = new ContentHash(reader.Bytes(ContentHash.Length));
            var frame = new FrameLocation(reader.VarInt(packs.Length - 1), reader.VarLong(), reader.VarInt(PackFormat.MaximumFrameLength));
            ManifestBlockReader.RequireInPack(frame, packs[frame.Pack]);
            blocks[i] = new ManifestBlock(hash, frame, reader.LengthAndBytes().ToArray());
        }

        return reader.Remaining == 0
            ? new ManifestRoot(info, packs, blocks)
            : throw new InvalidDataException("The manifest has a tail.");
    }

    /// <summary>The serialiser leaves <see langword="null"/> where a member is absent (as those are that a later version
    /// adds), whatever the record's own default is.</summary>
    internal static BackupInfo Complete(BackupInfo info)
    {
        var facts = info.Facts ?? SourceFacts.None;
        info = info with
        {
            Issues = info.Issues ?? [],
            Exclude = info.Exclude ?? [],
            ChangeHistory = info.ChangeHistory ?? [],
            Facts = facts with { Tables = facts.Tables ?? [], Details = facts.Details ?? SourceFacts.None.Details },
        };
        return info.Issues.All(i => i is not null) && info.Exclude.All(e => e is not null) && info.Facts.Tables.All(t => t is not null)
            && info.ChangeHistory.All(r => r is not null) && (info.Unusual ?? []).All(u => u is not null)
            ? info
            : throw new InvalidDataException("The manifest's description has empty places.");
    }
}
