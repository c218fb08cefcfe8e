using System.Threading.Channels;
using DrTools.Backup;
using DrTools.Concurrency;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>Restores the entries of one manifest into a folder.</summary>
internal sealed class TreeRestore(Repository repository, ManifestRoot manifest, RestoreOptions options)
{
    /// <summary>A batch ends with the frame that brings it to this size, so that workers rarely share frames.</summary>
    private const long BatchContent = 512 << 10;

    private const int BatchFiles = 512;

    private readonly List<TreeEntry> _hardLinks = [];

    public RestoreCounters Counters { get; } = new();

    public IssueList Issues { get; } = new();

    /// <summary>Restores.</summary>
    /// <param name="target">An absolute path.</param>
    /// <param name="overwrite">Whether what is there may be replaced.</param>
    /// <param name="resumes">Whether files that are there already are compared and kept.</param>
    /// <param name="afterOpen">Runs when the target has been opened.</param>
    /// <param name="beforeFinish">Runs when everything is in place, before folders get their times.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Where what was replaced still lies, if not everything could be restored.</returns>
    public async Task<string?> RunAsync(string target, bool overwrite, bool resumes, Action afterOpen, Action<bool> beforeFinish, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        using var writer = TreeWriter.Open(target, new TreeWriterOptions
        {
            Overwrite = overwrite,

            // An owner or an attribute that could not be set is remarkable; the content is there.
            Report = issue => Issues.Add(issue with { IsLoss = false }),
        });
        afterOpen();
        var packs = manifest.NewPackTable();
        var batches = Channel.CreateBounded<RestoreBatch>(new BoundedChannelOptions(2 * options.Workers) { SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = Enumerable.Range(0, options.Workers).Select(_ => new RestoreWorker(repository, packs, writer, resumes, Counters, Issues)).ToList();
        var succeeded = false;
        try
        {
            var tasks = workers.Select(w => Task.Run(() => w.WorkAsync(batches.Reader, stop.Token), CancellationToken.None)).ToList();
            tasks.Add(Task.Run(() => DispatchAsync(writer, packs, batches.Writer, progress, stop.Token), CancellationToken.None));
            await TaskGroup.AllOrNoneAsync(tasks, stop).ConfigureAwait(false);
            foreach (var link in _hardLinks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Link(writer, link);
            }

            succeeded = Issues.LossCount == 0;
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Dispose();
            }

            beforeFinish(succeeded);
            writer.Finish(succeeded);
        }

        return writer.ReplacedFolder;
    }

    private void Link(TreeWriter writer, TreeEntry link)
    {
        try
        {
            writer.CreateHardLink(link);
            Counters.AddFile();
        }
        catch (DrException e) when (e.Error == DrError.TargetFailure && (Issues.LossCount > 0 || options.Include.Count > 0))
        {
            Issues.Add(new EntryIssue(
                link.DisplayPath,
                $"It is a further name of {TreePath.Display(link.LinkTarget)}, which was not restored.",
                IsLoss: true));
        }
    }

    private async Task DispatchAsync(TreeWriter writer, PackTable packs, ChannelWriter<RestoreBatch> batches, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new ManifestReader(repository, manifest, packs);
            var selection = new RestoreSelection(options.Include);
            var folders = new List<TreeEntry>();
            var batch = new RestoreBatch();
            ChannelWriter<ManifestRecord>? open = null;
            long content = 0;
            var skipping = false;
            foreach (var block in manifest.Blocks)
            {
                List<ManifestRecord> records;
                try
                {
                    records = await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
                }
                catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
                {
                    Issues.Add(new EntryIssue(
                        TreePath.Display(block.FirstPath),
                        $"From here on entries are missing: a block of the manifest is lost. {e.Message}",
                        IsLoss: true));
                    open?.TryComplete();
                    open = null;
                    skipping = true;
                    continue;
                }

                foreach (var record in records)
                {
                    if (record.Entry is not { } entry)
                    {
                        if (open is not null)
                        {
                            await open.WriteAsync(record, cancellationToken).ConfigureAwait(false);
                            if (!record.IsContinued)
                            {
                                open.TryComplete();
                                open = null;
                            }
                        }
                        else if (!skipping)
                        {
                            throw new DrException(DrError.IntegrityFailure, "The manifest continues a file that it has not begun.", "Verify the backup.");
                        }

                        continue;
                    }

                    // A file that breaks off: whoever writes it must not wait for the rest.
                    open?.TryComplete();
                    open = null;
                    folders.Clear();
                    skipping = !selection.Take(entry, folders);
                    if (skipping)
                    {
                        continue;
                    }

                    foreach (var folder in folders)
                    {
                        writer.CreateDirectory(folder);
                        Counters.AddDirectory();
                    }

                    if (entry.Kind != EntryKind.File)
                    {
                        Create(writer, entry);
                        continue;
                    }

                    if (record.IsContinued)
                    {
                        var continuations = Channel.CreateBounded<ManifestRecord>(16);
                        var large = new RestoreBatch { Continuations = continuations };
                        large.Files.Add(record);
                        open = continuations.Writer;
                        await batches.WriteAsync(large, cancellationToken).ConfigureAwait(false);
                        continue;
                    }

                    if (batch.Files.Count > 0 && (batch.Files.Count >= BatchFiles || content + entry.Size > 2 * BatchContent
                        || (content >= BatchContent && StartsFrame(batch.Files[^1], record))))
                    {
                        await batches.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                        progress?.Report(new RestoreProgress(Counters.Entries, manifest.Info.Files + manifest.Info.Directories + manifest.Info.Others, Counters.Bytes, manifest.Info.SourceBytes, entry.DisplayPath));
                        batch = new RestoreBatch();
                        content = 0;
                    }

                    batch.Files.Add(record);
                    content += entry.Size;
                }
            }

            open?.TryComplete();
            await batches.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            batches.Complete();
        }
        catch (Exception e)
        {
            batches.TryComplete(e);
            throw;
        }
    }

    private void Create(TreeWriter writer, TreeEntry entry)
    {
        switch (entry.Kind)
        {
            case EntryKind.Directory:
                writer.CreateDirectory(entry);
                Counters.AddDirectory();
                break;
            case EntryKind.SymbolicLink:
                writer.CreateSymbolicLink(entry);
                Counters.AddOther();
                break;
            case EntryKind.HardLink:
                _hardLinks.Add(entry);
                break;
            default:
                writer.CreateSpecial(entry);
                Counters.AddOther();
                break;
        }
    }

    private static bool StartsFrame(ManifestRecord before, ManifestRecord record) =>
        record.Extents.Length > 0 && (before.Extents.Length == 0 || before.Extents[^1].Frame != record.Extents[0].Frame);
}
