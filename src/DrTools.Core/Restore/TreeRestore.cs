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

    private readonly List<TreeEntry> _folders = [];
    private readonly List<TreeEntry> _hardLinks = [];
    private readonly HashSet<ManifestBlock> _lostBlocks = [];

    /// <summary>Chosen names of files whose first name is not chosen, by that.</summary>
    private readonly Dictionary<byte[], List<TreeEntry>> _withoutFirst = new(PathComparer.Instance);

    /// <summary>Whether what is restored is read right afterwards, by checks.</summary>
    public bool IsReadSoon { get; init; }

    public RestoreCounters Counters { get; } = new();

    public IssueList Issues { get; } = new();

    /// <summary>Restores.</summary>
    /// <param name="target">An absolute path.</param>
    /// <param name="overwrite">Whether what is there may be replaced; a restore that resumes another may anyway.</param>
    /// <param name="marker">Lets it be carried on after an interruption; without one it cannot be.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Where what was replaced still lies, if not everything could be restored.</returns>
    public async Task<string?> RunAsync(string target, bool overwrite, ResumeMarker? marker, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var resumes = marker?.Names(repository, manifest.Info.Id) == true;
        var earlier = marker?.ReadReplaced(repository, manifest.Info.Id) ?? [];
        using var writer = TreeWriter.Open(target, new TreeWriterOptions
        {
            Overwrite = overwrite || resumes || options.Delta,
            Mounts = options.Mounts,

            // Most of it is changed in its place anyway. What lies in a folder that stands for a path could not be kept with the
            // rest either: it may be on another file system, and the path was a link there before.
            KeepReplaced = !options.Delta,
            EarlierReplaced = earlier,
            ReplacedChanged = names => marker?.Write(repository, manifest.Info.Id, names),
            RemoveTemporaries = resumes,
            IsReadSoon = IsReadSoon,

            // An owner or an attribute that could not be set is remarkable; the content is there.
            Report = issue => Issues.Add(issue with { IsLoss = false }),
        });
        marker?.Write(repository, manifest.Info.Id, earlier);
        var packs = manifest.NewPackTable();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = Enumerable.Range(0, options.Workers).Select(_ => new RestoreWorker(repository, packs, writer, resumes, options.Delta, Counters, Issues)).ToList();
        var succeeded = false;
        try
        {
            async Task PassAsync(Func<TreeEntry, TreeEntry?> choose)
            {
                var batches = Channel.CreateBounded<RestoreBatch>(new BoundedChannelOptions(2 * options.Workers) { SingleWriter = true });
                var tasks = workers.Select(w => Task.Run(() => w.WorkAsync(batches.Reader, stop.Token), CancellationToken.None)).ToList();
                tasks.Add(Task.Run(() => DispatchAsync(writer, packs, batches.Writer, choose, progress, stop.Token), CancellationToken.None));
                await TaskGroup.AllOrNoneAsync(tasks, stop).ConfigureAwait(false);
            }

            var selection = new RestoreSelection(options.Include);
            await PassAsync(entry => marker is not null && IsMarker(entry) ? null : Choose(writer, selection, entry)).ConfigureAwait(false);
            if (_withoutFirst.Count > 0)
            {
                await PassAsync(ChooseFirst).ConfigureAwait(false);
            }

            foreach (var link in _withoutFirst.Values.SelectMany(l => l))
            {
                Issues.Add(new EntryIssue(link.DisplayPath, $"It is a further name of {TreePath.Display(link.LinkTarget)}, which is not in what can be read of the backup.", IsLoss: true));
            }

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

            writer.Finish(succeeded, succeeded ? marker is null ? null : marker.Remove : null);
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
        catch (DrException e) when (e.Error == DrError.TargetFailure)
        {
            Issues.Add(new EntryIssue(
                link.DisplayPath,
                $"It is a further name of {TreePath.Display(link.LinkTarget)} and could not be made: {e.Message}",
                IsLoss: true));
        }
    }

    /// <summary>Where an interrupted restore was backed up, the tree holds a marker of its own.</summary>
    private bool IsMarker(TreeEntry entry)
    {
        if (!ResumeMarker.HasName(entry.Path))
        {
            return false;
        }

        Issues.Add(new EntryIssue(entry.DisplayPath, "It was left out: it tells of an interrupted restore into the folder that was backed up.", IsLoss: false));
        return true;
    }

    /// <summary>Chooses what is to be restored; folders above it are made.</summary>
    private TreeEntry? Choose(TreeWriter writer, RestoreSelection selection, TreeEntry entry)
    {
        _folders.Clear();
        if (!selection.Take(entry, _folders))
        {
            return null;
        }

        foreach (var folder in _folders)
        {
            writer.CreateDirectory(folder);
            Counters.AddDirectory();
        }

        if (entry is not { Kind: EntryKind.HardLink, LinkTarget: { } first } || selection.IsChosen(first))
        {
            return entry;
        }

        if (!_withoutFirst.TryGetValue(first, out var links))
        {
            _withoutFirst.Add(first, links = []);
        }

        links.Add(entry);
        return null;
    }

    /// <summary>Has a file that was not chosen restored under the first of its names that was; the others become links to
    /// that one.</summary>
    private TreeEntry? ChooseFirst(TreeEntry entry)
    {
        if (entry.Kind != EntryKind.File || !_withoutFirst.Remove(entry.Path, out var links))
        {
            return null;
        }

        foreach (var link in links.Skip(1))
        {
            link.LinkTarget = links[0].Path;
            _hardLinks.Add(link);
        }

        return new TreeEntry
        {
            Path = links[0].Path,
            Kind = EntryKind.File,
            Mode = entry.Mode,
            UserId = entry.UserId,
            GroupId = entry.GroupId,
            Size = entry.Size,
            ModifiedNs = entry.ModifiedNs,
            ChangedNs = entry.ChangedNs,
            Attributes = entry.Attributes,
            Flags = entry.Flags,
        };
    }

    private async Task DispatchAsync(TreeWriter writer, PackTable packs, ChannelWriter<RestoreBatch> batches, Func<TreeEntry, TreeEntry?> choose, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = new ManifestReader(repository, manifest, packs);
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
                    if (_lostBlocks.Add(block))
                    {
                        Issues.Add(new EntryIssue(
                            TreePath.Display(block.FirstPath),
                            $"From here on entries are missing: a block of the manifest is lost. {e.Message}",
                            IsLoss: true));
                    }

                    open?.TryComplete();
                    open = null;
                    skipping = true;
                    continue;
                }

                foreach (var listed in records)
                {
                    var record = listed;
                    if (record.Entry is not { } original)
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
                    skipping = true;
                    if (choose(original) is not { } entry)
                    {
                        continue;
                    }

                    skipping = false;
                    record = ReferenceEquals(entry, original) ? record : record with { Entry = entry };
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
