using System.Text;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Which entries of which backups lie in which frames, found out while nothing is damaged.</summary>
internal sealed class ContentOracle
{
    private readonly Dictionary<(string Backup, string Pack, long Frame), HashSet<string>> _content = [];
    private readonly Dictionary<(string Backup, string Pack, long Frame), HashSet<string>> _blocks = [];
    private readonly Dictionary<string, IReadOnlyList<PackedFrame>> _frames = new(StringComparer.Ordinal);
    private readonly HashSet<(string Backup, string Pack)> _references = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ContentOracle> ReadAsync(Repository repository)
    {
        var oracle = new ContentOracle();
        var reader = new PackReader(repository);
        foreach (var stored in await repository.Store.ListAllAsync("packs/", Cancel))
        {
            oracle._frames[stored.Name] = (await reader.ReadDirectoryAsync(stored, Cancel)).Frames;
        }

        foreach (var listed in await repository.Manifests.ListAsync(null, Cancel))
        {
            await oracle.AddAsync(repository, listed.Name.BackupId, await repository.Manifests.ReadAsync(listed, Cancel));
        }

        return oracle;
    }

    public IReadOnlyList<PackedFrame> FramesOf(string pack) => _frames[pack];

    public bool Refers(string backup, string pack) => _references.Contains((backup, pack));

    /// <summary>Entries that have content in any of these frames.</summary>
    public HashSet<string> WithContentIn(string backup, string pack, IEnumerable<long> frames) => Collect(_content, backup, pack, frames);

    /// <summary>Entries whose metadata is in any of these frames.</summary>
    public HashSet<string> ListedIn(string backup, string pack, IEnumerable<long> frames) => Collect(_blocks, backup, pack, frames);

    private static HashSet<string> Collect(Dictionary<(string Backup, string Pack, long Frame), HashSet<string>> from, string backup, string pack, IEnumerable<long> frames)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var frame in frames)
        {
            paths.UnionWith(from.GetValueOrDefault((backup, pack, frame), []));
        }

        return paths;
    }

    private async Task AddAsync(Repository repository, string backup, ManifestRoot manifest)
    {
        _references.UnionWith(manifest.Packs.Select(p => (backup, p.ObjectName)));
        var table = manifest.NewPackTable();
        using var reader = new ManifestReader(repository, manifest, table);
        var path = string.Empty;
        foreach (var block in manifest.Blocks)
        {
            foreach (var record in await reader.ReadBlockAsync(block, Cancel))
            {
                path = record.Entry is { } entry ? Encoding.UTF8.GetString(entry.Path) : path;
                Add(_blocks, (backup, manifest.Packs[block.Frame.Pack].ObjectName, block.Frame.Offset), path);
                foreach (var extent in record.Extents.Where(e => !e.IsHole))
                {
                    Add(_content, (backup, table[extent.Frame.Pack].ObjectName, extent.Frame.Offset), path);
                }
            }
        }
    }

    private static void Add<T>(Dictionary<T, HashSet<string>> to, T key, string path)
        where T : notnull
    {
        if (!to.TryGetValue(key, out var paths))
        {
            to.Add(key, paths = new HashSet<string>(StringComparer.Ordinal));
        }

        paths.Add(path);
    }
}
