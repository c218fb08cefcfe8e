using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Concurrency;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;

namespace DrTools.Copies;

/// <summary>
/// Copies logs of database servers. A log is opened and sealed frame by frame, and keeps its compressed content; then it is read
/// back. One that the target has with the same size counts as the same; one of another size is compared.
/// </summary>
internal sealed class LogCopy(Repository source, Repository target, CopyLogs which, int workers)
{
    private long _readBytes;

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes => _readBytes;

    /// <summary>The logs that are wanted in the target and their place, whether it has them or not.</summary>
    /// <param name="groups">The backups that are copied, or are there.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<IReadOnlyList<StoredLog>> ChooseAsync(IReadOnlyList<CopyGroup> groups, CancellationToken cancellationToken)
    {
        var archive = new LogArchive(source);
        var logs = new List<StoredLog>();
        if (which != CopyLogs.None)
        {
            await foreach (var log in archive.ListAsync(null, cancellationToken).ConfigureAwait(false))
            {
                logs.Add(log);
            }
        }

        if (which == CopyLogs.All || logs.Count == 0)
        {
            return logs;
        }

        var backups = await BackupsAsync(groups, cancellationToken).ConfigureAwait(false);
        var chosen = new List<StoredLog>();
        foreach (var series in logs.GroupBy(l => l.Name.Series))
        {
            if (LogRetentions.Find(series.Key) is { } retention && backups.Where(b => retention.Concerns(series.Key, b)).ToList() is { Count: > 0 } concerned)
            {
                var request = new LogRetentionRequest { Series = series.Key, Logs = [.. series], Backups = concerned, Now = source.Time.GetUtcNow(), Read = archive.TryReadAll };
                chosen.AddRange(retention.Plan(request).Where(d => d.Keep).Select(d => d.Log));
            }
        }

        return chosen;
    }

    /// <summary>Those of the chosen that the target does not have with their size.</summary>
    public async ValueTask<IReadOnlyList<StoredLog>> MissingAsync(IReadOnlyList<StoredLog> chosen, CancellationToken cancellationToken)
    {
        var there = new Dictionary<LogName, long>();
        var archive = new LogArchive(target);
        foreach (var series in chosen.Select(l => l.Name.Series).Distinct())
        {
            await foreach (var log in archive.ListAsync(series, cancellationToken).ConfigureAwait(false))
            {
                there[log.Name] = log.StoredLength;
            }
        }

        return [.. chosen.Where(l => !there.TryGetValue(l.Name, out var length) || length != l.StoredLength)];
    }

    /// <summary>Copies logs, in the order of their names.</summary>
    public async Task<CopiedLogs> RunAsync(IReadOnlyList<StoredLog> missing, int alreadyThere, Action<long, string> advance, CancellationToken cancellationToken)
    {
        if (missing.Count > 0)
        {
            target.RequireFormat(LogArchive.FormatVersion, "A log archive");
        }

        var refused = new ConcurrentBag<RefusedLog>();
        var (next, copied, same, stored) = (-1, 0, 0, 0L);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void Work()
        {
            var frame = GC.AllocateUninitializedArray<byte>(Repositories.Packs.PackFormat.MaximumFrameLength);
            while (Interlocked.Increment(ref next) is var index && index < missing.Count)
            {
                stop.Token.ThrowIfCancellationRequested();
                var log = missing[index];
                try
                {
                    if (Copy(log, frame) is { } length)
                    {
                        Interlocked.Increment(ref copied);
                        Interlocked.Add(ref stored, length);
                    }
                    else
                    {
                        Interlocked.Increment(ref same);
                    }
                }
                catch (SourceDamage e)
                {
                    refused.Add(new RefusedLog(log.Name, new DrException(
                        DrError.IntegrityFailure,
                        $"The log {log.Name} is damaged in {source.Location} and was not copied: recovery past it is not possible from the copy.",
                        "Copy it from another repository that has it, or archive it again if its server still has it.",
                        e)
                    { Subject = e.ObjectName }));
                }
                catch (DrException e) when (e.Error == DrError.LogConflict)
                {
                    refused.Add(new RefusedLog(log.Name, e));
                }

                advance(log.StoredLength, log.Name.ObjectName);
            }
        }

        await TaskGroup.AllOrNoneAsync(Enumerable.Range(0, Math.Min(workers, missing.Count)).Select(_ => Task.Run(Work, CancellationToken.None)), stop).ConfigureAwait(false);
        return new CopiedLogs
        {
            Copied = copied,
            StoredBytes = stored,
            AlreadyThere = alreadyThere + same,
            Refused = [.. refused.OrderBy(r => r.Name.ToString(), StringComparer.Ordinal)],
        };
    }

    /// <returns>What was stored, bytes; <see langword="null"/> when the target has it already, or the source no more.</returns>
    private long? Copy(StoredLog log, byte[] frame)
    {
        using var reader = new LogReader(source, log.Name);
        using var writer = LogWriter.Begin(target, log.Name, frame);
        try
        {
            while (FromSource(log, reader, out var header) is { IsEmpty: false } content)
            {
                writer.Append(content, header.RawLength, header.Codec);
            }
        }
        catch (SourceDamage e) when (e.InnerException is DrException { Error: DrError.ObjectMissing })
        {
            // An expiry removed it meanwhile.
            return null;
        }

        Interlocked.Add(ref _readBytes, log.StoredLength);
        if (!writer.TryCommit())
        {
            return IsSame(log.Name) ? null : throw new DrException(
                DrError.LogConflict,
                $"The log {log.Name} is in {target.Location} already, with other content; it stays as it is.",
                "Two servers write logs under the same names: find out which one should, and keep their repositories apart.")
            { Subject = log.Name.ObjectName };
        }

        using var back = new LogReader(target, log.Name);
        while (!back.ReadCompressed(out _).IsEmpty)
        {
            // Reading it authenticates it; only its end proves that it is whole.
        }

        return writer.StoredLength;
    }

    private static ReadOnlySpan<byte> FromSource(StoredLog log, LogReader reader, out Repositories.Packs.FrameHeader header)
    {
        try
        {
            return reader.ReadCompressed(out header);
        }
        catch (DrException e) when (SourceDamage.IsOfObject(e.Error))
        {
            throw new SourceDamage(log.Name.ObjectName, e.Message, e);
        }
    }

    private bool IsSame(LogName name)
    {
        using var one = new LogReader(source, name);
        using var other = new LogReader(target, name);
        ReadOnlySpan<byte> a = default, b = default;
        while (true)
        {
            // Their pieces need not end alike.
            a = a.IsEmpty ? one.Read() : a;
            b = b.IsEmpty ? other.Read() : b;
            var length = Math.Min(a.Length, b.Length);
            if (length == 0 || !a[..length].SequenceEqual(b[..length]))
            {
                return a.IsEmpty && b.IsEmpty;
            }

            a = a[length..];
            b = b[length..];
        }
    }

    /// <summary>Everything in the target that needs logs, and what is to come.</summary>
    private async ValueTask<IReadOnlyList<BackupInfo>> BackupsAsync(IReadOnlyList<CopyGroup> groups, CancellationToken cancellationToken)
    {
        var backups = new List<BackupInfo>();
        foreach (var group in groups.Where(g => g.TargetTag.Length > 0))
        {
            backups.AddRange(group.ToCopy.Select(b => b.State.Backup).OfType<BackupInfo>());
            foreach (var listed in await target.Manifests.ListAsync(group.TargetTag, cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    backups.Add((await target.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false)).Info);
                }
                catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
                {
                    // What it needs is unknown; a verification names it.
                }
            }
        }

        return backups;
    }
}
