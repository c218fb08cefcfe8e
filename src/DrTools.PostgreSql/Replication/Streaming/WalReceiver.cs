using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>
/// Receives a cluster's log as it is written, record by record, and archives it segment by segment: what a lost server
/// takes with it are seconds, not segments.
/// </summary>
/// <remarks>
/// <para>It begins behind what the archive has, otherwise where its slot begins, otherwise where the server is. Each
/// segment is written to a spool folder, flushed, completed, archived, and then removed from there. The server hears what
/// is archived (or spooled, <see cref="WalAcknowledgement"/>) and nothing more.</para>
/// <para>When the receiver stops, or loses its server, what it has of the unfinished segment is archived under a name of
/// its own, so that recovery reaches the last record that was received. Timelines are followed as the server changes to
/// them; their histories are archived first.</para>
/// </remarks>
public sealed class WalReceiver(WalReceiverOptions options, IWalSegmentSink sink)
{
    private readonly ReceiverPositions _positions = new(options.Time);
    private readonly Lock _reporting = new();
    private IProgress<WalReceiverStatus>? _progress;
    private SpoolSegment? _unfinished;
    private uint _segmentLength;
    private CancellationTokenSource? _stopReceiving;
    private volatile WalReceiverEnd _end;

    /// <summary>How far it is, at any time and from any thread.</summary>
    public WalReceiverStatus Status => _positions.Current;

    /// <summary>Why it ended, or would end.</summary>
    public WalReceiverEnd End => _end;

    /// <summary>Receives until it is cancelled, which is how it is stopped, has what was wanted, or cannot go on.</summary>
    /// <param name="progress">Takes reports, of every change, on any thread and one at a time.</param>
    /// <param name="cancellationToken">Stops it: the connection ends at once, what was received is archived.</param>
    /// <returns>How far it got.</returns>
    /// <exception cref="DrException">The first connection fails; the server has removed what comes next
    /// (<see cref="DrError.LogMissing"/>); it is another cluster, or its log went another way; the archive holds something
    /// else (<see cref="DrError.LogConflict"/>); or nothing worked for <see cref="WalReceiverOptions.GiveUpAfter"/>.</exception>
    public async Task<WalReceiverStatus> RunAsync(IProgress<WalReceiverStatus>? progress, CancellationToken cancellationToken)
    {
        _progress = progress;
        using var spool = SpoolFolder.Open(options.SpoolFolder);
        using var archiver = new SegmentArchiver(spool, sink, options, _positions);
        using var stopReceiving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _stopReceiving = stopReceiving;
        using var stopArchiving = new CancellationTokenSource();
        var archiving = Task.CompletedTask;
        try
        {
            try
            {
                await ReceiveAsync(
                    spool,
                    archiver,
                    () =>
                    {
                        archiving = ArchiveAsync(archiver, stopReceiving, stopArchiving.Token);
                        return archiving;
                    },
                    stopReceiving.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopReceiving.IsCancellationRequested)
            {
                // Stopped, or the archive refused something, which the task below tells.
            }
            catch
            {
                _end = WalReceiverEnd.Failed;
                throw;
            }
        }
        finally
        {
            _stopReceiving = null;
            Change(p => p with { State = WalReceiverState.Stopping });
            archiver.Complete();
            stopArchiving.CancelAfter(options.StopTimeout);
            try
            {
                await archiving.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopArchiving.IsCancellationRequested)
            {
                // What is left is told below.
            }

            if (_positions.Current.Waiting > 0)
            {
                Change(p => p with { Problem = $"{Figures.Count(p.Waiting, "file")} could not be archived now, and wait in {spool.Path} for the next run. {p.Problem}".TrimEnd() });
            }

            if (_unfinished is not null)
            {
                if (_positions.Current is { Waiting: 0 } last && last.Archived >= _unfinished.Flushed)
                {
                    Forget(spool);
                }

                _unfinished?.Dispose();
            }
        }

        return _positions.Current;
    }

    private async Task ArchiveAsync(SegmentArchiver archiver, CancellationTokenSource stopReceiving, CancellationToken cancellationToken)
    {
        try
        {
            await archiver.RunAsync(Report, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException)
        {
            _end = WalReceiverEnd.Failed;
            await stopReceiving.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ReceiveAsync(SpoolFolder spool, SegmentArchiver archiver, Func<Task> startArchiving, CancellationToken cancellationToken)
    {
        (uint Timeline, Lsn Start)? next = null;
        var isFirst = true;
        var pause = new Pause(options);
        var lostAt = options.Time.GetTimestamp();
        while (true)
        {
            var before = _positions.Current.Received;
            try
            {
                Change(p => p with { State = WalReceiverState.Connecting });
                using var connection = await ReplicationConnection.OpenAsync(options.Address, options.Password, cancellationToken).ConfigureAwait(false);
                var server = connection.IdentifySystem();
                if (isFirst)
                {
                    _segmentLength = checked((uint)connection.ShowBytes("wal_segment_size"));
                    Change(p => p with { SystemIdentifier = server.SystemIdentifier, Timeline = server.Timeline });
                    _ = startArchiving();
                    Recover(spool, archiver, server);
                }
                else if (server.SystemIdentifier != _positions.Current.SystemIdentifier)
                {
                    throw AnotherCluster(server);
                }

                await Task.Factory.StartNew(
                    () => next = Follow(connection, server, next, spool, archiver, () => { isFirst = false; }, cancellationToken),
                    cancellationToken,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default).ConfigureAwait(false);
                pause = new Pause(options);
                continue;
            }
            catch (Exception e) when (!isFirst && !cancellationToken.IsCancellationRequested && CanRetry(e))
            {
                if (_positions.Current.Received > before)
                {
                    pause = new Pause(options);
                    lostAt = options.Time.GetTimestamp();
                }

                var failure = ReplicationErrors.Streaming(options.Address, options.Slot, e);
                if (options.GiveUpAfter is { } limit && options.Time.GetElapsedTime(lostAt) > limit)
                {
                    ArchiveUnfinished(archiver);
                    throw failure;
                }

                Change(p => p with { State = WalReceiverState.Waiting, Reconnects = p.Reconnects + 1, Problem = $"{failure.Message} {failure.Remedy}" });
            }
            catch (Exception e) when (ReplicationErrors.IsFailure(e))
            {
                ArchiveUnfinished(archiver);
                cancellationToken.ThrowIfCancellationRequested();
                throw ReplicationErrors.Streaming(options.Address, options.Slot, e);
            }
            catch
            {
                ArchiveUnfinished(archiver);
                throw;
            }

            // The server may never come back: what it sent last has to be in the archive now.
            ArchiveUnfinished(archiver);
            if (_unfinished is { } unfinished)
            {
                next = (unfinished.Segment.Timeline, unfinished.Written);
            }
            else if (next is { } known && _positions.Current is { } now && now.Timeline == known.Timeline && now.Received > known.Start)
            {
                next = (known.Timeline, now.Received);
            }

            await pause.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Receives one timeline to its end.</summary>
    /// <returns>Where to go on.</returns>
    private (uint Timeline, Lsn Start) Follow(
        ReplicationConnection connection,
        SystemIdentity server,
        (uint Timeline, Lsn Start)? known,
        SpoolFolder spool,
        SegmentArchiver archiver,
        Action started,
        CancellationToken cancellationToken)
    {
        var point = new StartingPoint(connection, server, _segmentLength);
        var slot = point.Slot(options);
        var history = StartingPoint.ReadHistory(connection, server.Timeline, (name, content) =>
        {
            spool.Write(name, content);
            archiver.Add(name, server.Timeline, Lsn.Invalid);
        });
        var (timeline, start) = known is { } from
            ? point.After(history, from.Timeline, from.Start)
            : point.Find(history, SafeSegments(spool, cancellationToken), slot);
        if (!history.Contains(timeline))
        {
            throw new DrException(
                DrError.ServerFailure,
                $"What was received ends on timeline {timeline}, and the server at {options.Address} is on timeline {server.Timeline}, which does not descend from it.",
                "This server is not the successor of the one whose log was received: connect to that one, or use another repository and a new full backup.")
            { Subject = options.Address.SourceName };
        }

        if (_unfinished is { } old && (old.Segment.Timeline != timeline || old.Written != start))
        {
            // The server's log left this timeline before the end of what was received; that is archived as it is.
            archiver.AddPartial(old);
            Forget(spool);
        }

        return Receive(connection, point, timeline, start, spool, archiver, started, cancellationToken);
    }

    private (uint Timeline, Lsn Start) Receive(
        ReplicationConnection connection, StartingPoint point, uint timeline, Lsn start, SpoolFolder spool, SegmentArchiver archiver, Action started, CancellationToken cancellationToken)
    {
        while (true)
        {
            var archived = ArchivedBefore(spool, timeline, start);
            Change(p => p with
            {
                Timeline = timeline,
                Received = start,
                Flushed = _unfinished?.Flushed ?? start,
                Archived = p.Timeline == timeline && p.Archived > archived ? p.Archived : archived,
            });
            var stream = new WalStream(connection, spool, archiver, options, _positions, Report);
            try
            {
                var (nextTimeline, fork) = stream.Receive(_unfinished, timeline, start, _segmentLength, s => _unfinished = s, started, cancellationToken);
                if (_unfinished is { } rest)
                {
                    // The rest of the segment is on the next timeline, in a segment of the same number.
                    archiver.AddPartial(rest);
                    Forget(spool);
                }

                return (nextTimeline, WalSegment.At(nextTimeline, fork, _segmentLength).Start);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedFile)
            {
                connection.Resynchronize();
                var (nowTimeline, now) = point.Now();
                if (!options.ContinueAfterGap || now <= start)
                {
                    throw new DrException(
                        DrError.LogMissing,
                        $"The server at {options.Address} no longer has its log from {start} on timeline {timeline}: {e.MessageText}.",
                        "Go on with --continue-after-gap (-ContinueAfterGap), and take a new backup then, unless archive_command has archived it too. A replication slot (--slot, -Slot) prevents this.",
                        e)
                    { Subject = WalSegment.At(timeline, start, _segmentLength).FileName };
                }

                Change(p => p with { Gaps = p.Gaps + 1, Problem = $"The log from {start} to {now} is missing: {e.MessageText}. Take a new backup." });
                (timeline, start) = (nowTimeline, now);
            }
        }
    }

    /// <summary>What an earlier run left in the spool goes to the archive first.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/> when it is of another cluster.</exception>
    private void Recover(SpoolFolder spool, SegmentArchiver archiver, SystemIdentity server)
    {
        spool.RequireOf(server.SystemIdentifier);
        foreach (var name in spool.Unfinished())
        {
            if (PartialSegments.TryParse(name, _segmentLength, out var segment) && spool.GoodBytes(name) is > 0 and var good)
            {
                spool.CopyPartial(segment, good);
            }

            spool.Remove(name + SpoolFolder.PartialSuffix);
        }

        foreach (var name in spool.Waiting())
        {
            var isSegment = PartialSegments.TryParse(name, _segmentLength, out var segment);
            archiver.Add(name, isSegment ? segment.Timeline : 0, isSegment ? segment.End : Lsn.Invalid);
        }
    }

    /// <summary>Up to where everything is archived, when receiving begins at <paramref name="start"/>: segments that still
    /// wait in the spool are not.</summary>
    private Lsn ArchivedBefore(SpoolFolder spool, uint timeline, Lsn start)
    {
        var archived = WalSegment.At(timeline, start, _segmentLength).Start;
        foreach (var name in spool.Waiting())
        {
            if (PartialSegments.TryParse(name, _segmentLength, out var segment) && segment.Timeline == timeline && segment.Start < archived)
            {
                archived = segment.Start;
            }
        }

        return archived;
    }

    private Dictionary<uint, string> SafeSegments(SpoolFolder spool, CancellationToken cancellationToken)
    {
        var last = new Dictionary<uint, string>(
            sink.FindLastSegmentsAsync(_positions.Current.SystemIdentifier, cancellationToken).AsTask().GetAwaiter().GetResult());
        foreach (var name in spool.Waiting())
        {
            if (PartialSegments.TryParse(name, _segmentLength, out var segment)
                && (!last.TryGetValue(segment.Timeline, out var known) || string.CompareOrdinal(known, name) < 0))
            {
                last[segment.Timeline] = name;
            }
        }

        return last;
    }

    private void ArchiveUnfinished(SegmentArchiver archiver)
    {
        if (_unfinished is { } segment)
        {
            segment.Flush();
            archiver.AddPartial(segment);
            Change(p => p with { Flushed = segment.Flushed });
        }
    }

    private void Forget(SpoolFolder spool)
    {
        var name = _unfinished!.Segment.FileName + SpoolFolder.PartialSuffix;
        _unfinished.Dispose();
        _unfinished = null;
        spool.Remove(name);
    }

    private static bool CanRetry(Exception e) => e switch
    {
        DrException failure => failure.Error is DrError.ServerUnreachable or DrError.ServerSetting or DrError.PrivilegeMissing or DrError.OutOfSpace or DrError.TargetFailure,

        // A slot that the server holds for a connection that is gone is free again after wal_sender_timeout. A position that
        // the server does not reach, or a slot that is of no use any more, stays so.
        PostgresException { SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InvalidParameterValue } => false,
        PostgresException p when ReplicationErrors.IsBehind(p) => false,
        _ => ReplicationErrors.IsFailure(e),
    };

    private DrException AnotherCluster(SystemIdentity server) => new(
        DrError.ServerFailure,
        $"The server at {options.Address} is now another cluster: its system identifier is {server.SystemIdentifier}, and was {_positions.Current.SystemIdentifier}.",
        "Start a receiver of its own for it, with a spool folder of its own.")
    { Subject = options.Address.SourceName };

    private void Change(Func<WalReceiverStatus, WalReceiverStatus> change)
    {
        _positions.Change(change);
        Report();
    }

    private void Report()
    {
        var now = _positions.Current;
        if (_end == WalReceiverEnd.Stopped && now.From != Lsn.Invalid)
        {
            _end = options.StopAt is { } position && now.Flushed >= position ? WalReceiverEnd.PositionReached
                : options.StopAfterSegments is { } segments && now.ArchivedSegments >= segments ? WalReceiverEnd.SegmentsArchived
                : WalReceiverEnd.Stopped;
            if (_end != WalReceiverEnd.Stopped)
            {
                _ = _stopReceiving?.CancelAsync();
            }
        }

        if (_progress is not null)
        {
            lock (_reporting)
            {
                _progress.Report(now);
            }
        }
    }
}
