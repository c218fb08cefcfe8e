using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using DrTools.Concurrency;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Stores;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>One attempt at a backup, under its lease.</summary>
internal sealed class BackupRun(Repository repository, ISource source, BackupOptions options, string id, string tag, Lease lease)
{
    private const int IssuesInManifest = 100;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private static readonly string ToolVersion =
        typeof(BackupRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";

    private readonly List<string> _notes = [];
    private readonly IssueList _issues = new();

    public async Task<BackupResult> ExecuteAsync(IProgress<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        var started = repository.Time.GetUtcNow();
        using var work = WorkFolder.Create(options.WorkFolder);
        var session = await source.OpenAsync(
            new SourceContext
            {
                WorkFolder = work.Path,
                Report = _issues.Add,
                Note = Note,
                Logs = new LogArchive(repository),
                RepositoryFolder = Directory.Exists(repository.Location) ? repository.Location : null,
            },
            cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            repository.RequireFormat(session.FormatVersion, $"A backup of {source.Name}");
            var chain = await new ChainSelector(repository, session, options, tag, id, lease, _notes).SelectAsync(cancellationToken).ConfigureAwait(false);
            var table = new PackTable();
            var stored = await ListPacksAsync(cancellationToken).ConfigureAwait(false);
            var parent = chain.Parent is null
                ? null
                : new ParentView(repository, chain.Parent, table, stored, chain.Type == BackupType.Incremental, cancellationToken);
            if (parent is { DamagedPacks: > 0 })
            {
                Note($"Of the packs that {parent.Info.Id} refers to, {parent.DamagedPacks} are missing or of the wrong size; what they held is stored again. Verify the repository.");
            }

            if (parent is not null)
            {
                await session.PrepareAsync(new ReferableFiles(parent), cancellationToken).ConfigureAwait(false);
            }

            using var spool = session.IsOrdered ? null : new RecordSpool(work.Path, table);
            return await StoreAsync(session, chain, parent, table, spool, started, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    public DrException LeaseLost(Exception cause) => new(
        DrError.LeaseLost,
        $"Another process took over the backup of {source.Name} because this one had not renewed its lease in time.",
        "Let the other one finish; what is stored already is reused.",
        cause);

    private void Note(string note)
    {
        lock (_notes)
        {
            _notes.Add(note);
        }
    }

    private async Task<BackupResult> StoreAsync(
        SourceSession session,
        Chain chain,
        ParentView? parent,
        PackTable table,
        RecordSpool? spool,
        DateTimeOffset started,
        IProgress<BackupProgress>? progress,
        CancellationToken cancellationToken)
    {
        var workers = options.Workers;
        ContentPipeline? shared = null;
        var pipeline = shared = new ContentPipeline(workers, _issues, async () =>
        {
            await new InterruptedPacks(repository, table).AdoptAsync(chain.Interrupted, shared!.Index, cancellationToken).ConfigureAwait(false);
            if (parent is not null)
            {
                await parent.FillAsync(shared.Index, cancellationToken).ConfigureAwait(false);
            }
        });
        var toRead = Channel.CreateBounded<EntryBatch>(new BoundedChannelOptions(4 * workers) { SingleWriter = true });
        var inOrder = Channel.CreateBounded<EntryBatch>(new BoundedChannelOptions(16 * workers) { SingleWriter = true, SingleReader = true });
        var metadata = new PackWriter(repository, table, id, PackKind.Metadata, options.CompressionLevel);
        ContentWorker NewWorker() => new(repository, pipeline, session, parent, new PackWriter(repository, table, id, PackKind.Data, options.CompressionLevel));
        var contentWorkers = Enumerable.Range(0, workers).Select(_ => NewWorker()).ToList();
        using var merger = session.IsSequential ? null : new TreeMerger(session, parent, toRead.Writer, inOrder.Writer);
        var sequential = session.IsSequential ? new SequentialReader(session, parent, contentWorkers[0], inOrder.Writer) : null;
        if (sequential is not null)
        {
            toRead.Writer.Complete();
        }

        try
        {
            var builder = new ManifestBuilder(table, metadata, parent?.Blocks ?? new ConcurrentDictionary<ContentHash, ManifestBlock>());
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task Run(Func<Task> work) => Task.Run(work, CancellationToken.None);
            Task Work(ContentWorker worker) => Run(() => pipeline.WorkAsync(worker, toRead.Reader, stop.Token));
            List<Task> tasks = sequential is null
                ? [Run(() => merger!.RunAsync(stop.Token)), .. contentWorkers.Select(Work)]
                : [Run(() => pipeline.WorkAsync(contentWorkers[0], sequential, stop.Token)), .. contentWorkers.Skip(1).Select(Work)];
            var promotion = new LinkPromotion(pipeline, session, () =>
            {
                var worker = NewWorker();
                contentWorkers.Add(worker);
                return worker;
            });
            var records = ReadInOrderAsync(inOrder.Reader, stop.Token);
            tasks.Add(Run(() => spool is null ? BuildAsync(builder, records, promotion, stop.Token) : KeepAsync(spool, records)));
            var reporting = ReportAsync(
                () => new BackupProgress(
                    spool?.Count ?? builder.Entries,
                    pipeline.Counters.ReadBytes,
                    pipeline.Counters.NewBytes,
                    parent?.Info.SourceBytes ?? 0,
                    (merger?.Current ?? sequential?.Current)?.DisplayPath ?? string.Empty),
                progress,
                stop.Token);
            await TaskGroup.AllOrNoneAsync(tasks, stop).ConfigureAwait(false);
            if (spool is not null)
            {
                await BuildAsync(builder, AsyncSequence.Of(spool.Read()), promotion, stop.Token).ConfigureAwait(false);
            }

            await stop.CancelAsync().ConfigureAwait(false);
            await reporting.ConfigureAwait(false);
            if (parent is { DamagedBlocks: > 0 })
            {
                Note($"{parent.DamagedBlocks} blocks of the manifest of {parent.Info.Id} are damaged; what they list was read anew. Verify the repository.");
            }

            var blocks = await builder.CompleteAsync(cancellationToken).ConfigureAwait(false);
            await metadata.CompleteAsync(cancellationToken).ConfigureAwait(false);
            var info = await DescribeAsync(session, chain, pipeline.Counters, builder, [.. contentWorkers.Select(w => w.Packs), metadata], parent?.RetiredBytes ?? 0, started, cancellationToken).ConfigureAwait(false);
            var manifest = Assemble(info, table, blocks);
            await CommitAsync(manifest, cancellationToken).ConfigureAwait(false);
            await CoverAsync(manifest, chain.Parent).ConfigureAwait(false);
            return new BackupResult { Backup = info, Repository = repository.Location, Issues = [.. _issues.ToList().OrderByDescending(i => i.IsLoss)], Notes = _notes };
        }
        finally
        {
            foreach (var worker in contentWorkers)
            {
                await worker.DisposeAsync().ConfigureAwait(false);
            }

            await metadata.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reports by time, so that one large file shows how far it is too.</summary>
    private async Task ReportAsync(Func<BackupProgress> describe, IProgress<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        if (progress is null)
        {
            return;
        }

        try
        {
            while (true)
            {
                await Task.Delay(ProgressInterval, repository.Time, cancellationToken).ConfigureAwait(false);
                progress.Report(describe());
            }
        }
        catch (OperationCanceledException)
        {
            // The work has ended, one way or the other.
        }
    }

    /// <summary>The records of all batches, one after the other.</summary>
    private static async IAsyncEnumerable<ManifestRecord> ReadInOrderAsync(ChannelReader<EntryBatch> batches, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var records in batch.Records.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var record in records)
                {
                    yield return record;
                }
            }
        }
    }

    private static async Task KeepAsync(RecordSpool spool, IAsyncEnumerable<ManifestRecord> records)
    {
        await foreach (var record in records.ConfigureAwait(false))
        {
            spool.Add(record);
        }
    }

    private static async Task BuildAsync(ManifestBuilder builder, IAsyncEnumerable<ManifestRecord> records, LinkPromotion promotion, CancellationToken cancellationToken)
    {
        await foreach (var record in records.ConfigureAwait(false))
        {
            if (record.Entry?.Kind != EntryKind.HardLink)
            {
                await builder.AddAsync(record, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await foreach (var replacement in promotion.ReplaceAsync(record, cancellationToken).ConfigureAwait(false))
            {
                await builder.AddAsync(replacement, cancellationToken).ConfigureAwait(false);
            }
        }

        await promotion.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<BackupInfo> DescribeAsync(
        SourceSession session,
        Chain chain,
        BackupCounters counters,
        ManifestBuilder builder,
        IReadOnlyList<PackWriter> writers,
        long retiredBytes,
        DateTimeOffset started,
        CancellationToken cancellationToken)
    {
        var (journalSequence, journalHash) = await repository.Journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        var info = new BackupInfo
        {
            Id = id,
            Source = source.Name,
            Host = options.Host,
            Type = chain.Type,
            Sequence = chain.Sequence,
            ParentId = chain.Parent?.Info.Id,
            FullId = chain.Parent?.Info.FullId ?? id,
            Started = started,
            Finished = repository.Time.GetUtcNow(),
            Reason = options.Reason,
            IsPartial = _issues.LossCount > 0,
            Files = builder.Files,
            Directories = builder.Directories,
            Others = builder.Others,
            FilesRead = counters.FilesRead,
            SourceBytes = builder.SourceBytes,
            HoleBytes = builder.HoleBytes,
            ReadBytes = counters.ReadBytes,
            NewBytes = counters.NewBytes,
            StoredBytes = writers.Sum(w => w.StoredBytes),
            StoredObjects = writers.Sum(w => w.PackCount) + 1,
            Chunks = builder.Chunks,
            IssueCount = _issues.Count,
            Issues = [.. _issues.ToList().OrderByDescending(i => i.IsLoss).Take(IssuesInManifest)],
            Facts = session.Facts,
            Exclude = options.Exclude,
            ToolVersion = ToolVersion,
            JournalSequence = journalSequence,
            JournalHash = journalSequence == 0 ? null : journalHash,
        };
        return ChangeHistory.Judge(info, chain.Previous, retiredBytes);
    }

    /// <summary>Only packs that are referred to are named, so that the others can go.</summary>
    private static ManifestRoot Assemble(BackupInfo info, PackTable table, IReadOnlyList<ManifestBlock> blocks)
    {
        var packs = new List<PackInfo>();
        var indexes = new Dictionary<int, int>();
        var all = table.ToList();
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].LiveBytes > 0)
            {
                // Content that several entries share counts once for each of them.
                all[i].LiveBytes = Math.Min(all[i].LiveBytes, all[i].RawBytes);
                indexes.Add(i, packs.Count);
                packs.Add(all[i]);
            }
        }

        return new ManifestRoot(info, packs, [.. blocks.Select(b => b with { Frame = b.Frame with { Pack = indexes[b.Frame.Pack] } })]);
    }

    /// <summary>Has what the backup shares with earlier ones locked as long as itself. The backup exists already.</summary>
    private async ValueTask CoverAsync(ManifestRoot manifest, ManifestRoot? parent)
    {
        if (repository.Locks is null)
        {
            return;
        }

        try
        {
            await repository.Locks.CoverAsync(manifest, parent, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            Note($"What the backup shares with earlier ones could not be locked as long as itself: {e.Message} {e.Remedy} The next expiry (drtools expire, Invoke-DrRetention) tries again.");
        }
    }

    private async ValueTask CommitAsync(ManifestRoot manifest, CancellationToken cancellationToken)
    {
        // Renewing proves that nobody took the source over; listing proves that no pack went while this process slept.
        await lease.RenewAsync(r => r, cancellationToken).ConfigureAwait(false);
        var stored = await ListPacksAsync(cancellationToken).ConfigureAwait(false);
        foreach (var pack in manifest.Packs)
        {
            if (!stored.TryGetValue(pack.ObjectName, out var length) || length != pack.Length)
            {
                throw new DrException(
                    DrError.ObjectMissing,
                    $"The pack {pack.ObjectName} vanished from {repository.Location} while the backup was taken.",
                    "Find out what else removes objects there, and run the backup again; what is stored is reused.")
                { Subject = pack.ObjectName };
            }
        }

        lease.ThrowIfLapsed();
        await repository.Manifests.CommitAsync(manifest, cancellationToken).ConfigureAwait(false);
        if (lease.HasLapsed)
        {
            await ConfirmAsync(repository.Manifests.NameOf(manifest)).ConfigureAwait(false);
        }
    }

    /// <summary>For a process that was stopped between its last look at the lease and the creation of its manifest: when
    /// another took over meanwhile, what the manifest refers to may be gone.</summary>
    private async ValueTask ConfirmAsync(ManifestName committed)
    {
        try
        {
            await lease.RenewAsync(r => r, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.LeaseLost)
        {
            try
            {
                await repository.Store.DeleteAsync(committed.ToString(), CancellationToken.None).ConfigureAwait(false);
            }
            catch (DrException locked) when (locked.Error == DrError.ObjectLocked)
            {
                // Then what it refers to could not be removed either.
            }

            throw;
        }
    }

    private async ValueTask<Dictionary<string, long>> ListPacksAsync(CancellationToken cancellationToken)
    {
        var packs = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var stored in repository.Store.ListAsync("packs/", cancellationToken).ConfigureAwait(false))
        {
            packs.Add(stored.Name, stored.Length);
        }

        return packs;
    }
}
