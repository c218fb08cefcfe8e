using System.Threading.Channels;
using DrTools.Repositories.Manifests;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>A file that has to be read, or records that stand already.</summary>
internal readonly record struct BatchItem(TreeEntry? ToRead, ManifestRecord? Ready);

/// <summary>
/// A run of entries in walk order. Workers complete batches in any order; the manifest takes their records in the
/// order of the walk.
/// </summary>
internal sealed class EntryBatch
{
    private readonly Channel<IReadOnlyList<ManifestRecord>> _records;
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EntryBatch(IReadOnlyList<BatchItem> items)
    {
        Items = items;

        // A large file hands its records on in parts; the bound keeps what waits in memory small.
        _records = Channel.CreateBounded<IReadOnlyList<ManifestRecord>>(
            new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });
    }

    public IReadOnlyList<BatchItem> Items { get; }

    /// <summary>The records in walk order; ends when the batch is complete, or with its failure.</summary>
    public ChannelReader<IReadOnlyList<ManifestRecord>> Records => _records.Reader;

    public ValueTask EmitAsync(IReadOnlyList<ManifestRecord> records, CancellationToken cancellationToken) =>
        _records.Writer.WriteAsync(records, cancellationToken);

    /// <summary>Ends when everything of it has been read, whether that succeeded or not.</summary>
    public Task Completed => _completed.Task;

    public void Complete(Exception? failure = null)
    {
        _records.Writer.TryComplete(failure);
        _completed.TrySetResult();
    }
}
