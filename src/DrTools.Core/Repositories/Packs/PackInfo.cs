using System.Diagnostics.CodeAnalysis;

namespace DrTools.Repositories.Packs;

/// <summary>What a pack holds.</summary>
internal enum PackKind : byte
{
    /// <summary>Content of entries.</summary>
    Data = 0,

    /// <summary>Blocks of manifests.</summary>
    Metadata = 1,
}

/// <summary>A pack as manifests name it: enough to read its frames without its prologue.</summary>
internal sealed class PackInfo
{
    public required Guid Id { get; init; }

    /// <summary>The backup that stored it; part of its object name.</summary>
    public required string BackupId { get; init; }

    public required PackKind Kind { get; init; }

    /// <summary>The salt that its key is derived with.</summary>
    public required byte[] Salt { get; init; }

    /// <summary>Size of the object in bytes; known when it is committed.</summary>
    public long Length { get; set; }

    /// <summary>Content in its frames before compression, bytes.</summary>
    public long RawBytes { get; set; }

    /// <summary>How much of <see cref="RawBytes"/> the manifest at hand refers to; at most that.</summary>
    public long LiveBytes { get; set; }

    public string ObjectName => PackFormat.ObjectName(BackupId, Id);
}

/// <summary>The packs that a manifest, or a backup being made, refers to, by index. Safe for several threads.</summary>
internal sealed class PackTable
{
    private readonly Lock _lock = new();
    private readonly List<PackInfo> _packs = [];
    private readonly Dictionary<Guid, int> _byId = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _packs.Count;
            }
        }
    }

    public PackInfo this[int index]
    {
        get
        {
            lock (_lock)
            {
                return _packs[index];
            }
        }
    }

    public int Add(PackInfo pack)
    {
        lock (_lock)
        {
            if (!_byId.TryGetValue(pack.Id, out var index))
            {
                index = _packs.Count;
                _packs.Add(pack);
                _byId.Add(pack.Id, index);
            }

            return index;
        }
    }

    public bool TryFind(Guid id, out int index)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(id, out index);
        }
    }

    public IReadOnlyList<PackInfo> ToList()
    {
        lock (_lock)
        {
            return [.. _packs];
        }
    }
}
