using System.Collections.Concurrent;
using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.PostgreSql.Tests.Replication;

/// <summary>An archive that is a folder, and can be told to fail.</summary>
internal sealed class FolderSink(string folder) : IWalSegmentSink
{
    public string Folder { get; } = Directory.CreateDirectory(folder).FullName;

    public ConcurrentQueue<string> Stored { get; } = new();

    public Func<string, Exception?> Fail { get; set; } = _ => null;

    public string? SystemIdentifier { get; private set; }

    public IEnumerable<string> Names => Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    public ValueTask<IReadOnlyDictionary<uint, string>> FindLastSegmentsAsync(string systemIdentifier, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyDictionary<uint, string>>(Names.Where(n => n.Length == 24)
            .GroupBy(n => Convert.ToUInt32(n[..8], 16)).ToDictionary(g => g.Key, g => g.Last()));

    public ValueTask StoreAsync(string systemIdentifier, string name, string path, CancellationToken cancellationToken)
    {
        SystemIdentifier = systemIdentifier;
        if (Fail(name) is { } failure)
        {
            throw failure;
        }

        var target = Path.Combine(Folder, name);
        if (File.Exists(target) && !File.ReadAllBytes(target).AsSpan().SequenceEqual(File.ReadAllBytes(path)))
        {
            throw new DrException(DrError.LogConflict, $"{name} is archived with other content.", "Find out who writes there.") { Subject = name };
        }

        File.Copy(path, target, overwrite: true);
        Stored.Enqueue(name);
        return ValueTask.CompletedTask;
    }
}
