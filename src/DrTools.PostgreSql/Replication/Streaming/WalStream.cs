using System.Globalization;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>
/// Receives one timeline over one connection. The reading thread writes to the spool; a second one flushes, tells the
/// server how far it is, and ends the connection when the server is silent.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-START-REPLICATION">START_REPLICATION</see>.</remarks>
internal sealed class WalStream(
    ReplicationConnection connection, SpoolFolder spool, SegmentArchiver archiver, WalReceiverOptions options, ReceiverPositions positions, Action report)
{
    private const int DataHeaderLength = 25;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShutdownPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _segmentLock = new();
    private readonly MessageBuilder _status = new();
    private SpoolSegment? _segment;
    private volatile bool _replyWanted;
    private volatile bool _blocked;
    private Exception? _keeperFailure;

    /// <summary>Receives until the timeline ends.</summary>
    /// <param name="first">The segment to go on with, or <see langword="null"/> to begin a new one.</param>
    /// <param name="timeline">The timeline.</param>
    /// <param name="start">From where: the start of a segment, or where <paramref name="first"/> ends.</param>
    /// <param name="segmentLength">Bytes of a segment.</param>
    /// <param name="cancellationToken">Ends a wait for room in the spool; the connection ends by its own token.</param>
    /// <param name="keep">Takes the unfinished segment, however this ends.</param>
    /// <param name="began">Is called when the server sends: it may still refuse when it has agreed to.</param>
    /// <returns>The next timeline and where it begins.</returns>
    public (uint Timeline, Lsn Start) Receive(
        SpoolSegment? first, uint timeline, Lsn start, uint segmentLength, Action<SpoolSegment?> keep, Action began, CancellationToken cancellationToken)
    {
        _segment = first;
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task? keeper = null;
        try
        {
            connection.SendQuery(string.Create(
                CultureInfo.InvariantCulture,
                $"START_REPLICATION {(options.Slot is null ? string.Empty : $"SLOT {ReplicationCommands.Quoted(options.Slot)} ")}PHYSICAL {start} TIMELINE {timeline}"));
            var kind = connection.Read();
            if (kind == (byte)'W')
            {
                positions.Change(p => p with { LastHeard = options.Time.GetUtcNow() });
                keeper = Task.Run(() => KeepAsync(done.Token), CancellationToken.None);
                ReceiveCopy(timeline, start, segmentLength, began, cancellationToken);
                kind = connection.Read();
            }

            if (kind != (byte)'T')
            {
                throw ReplicationConnection.Unexpected(kind);
            }

            var next = connection.ReadResult();
            connection.Expect((byte)'C');
            connection.Expect((byte)'Z');
            return (ReplicationCommands.Number(next.Required("next_tli")), Lsn.Parse(next.Required("next_tli_startpos")));
        }
        catch (Exception e) when (_keeperFailure is not null && ReplicationErrors.IsFailure(e) && e is not Npgsql.PostgresException)
        {
            throw _keeperFailure;
        }
        finally
        {
            done.Cancel();
            keeper?.GetAwaiter().GetResult();
            keep(_segment);
        }
    }

    private void ReceiveCopy(uint timeline, Lsn position, uint segmentLength, Action began, CancellationToken cancellationToken)
    {
        var (start, isFirst) = (position, true);
        while (true)
        {
            var kind = connection.Read();
            if (kind == (byte)'c')
            {
                // The end of the timeline. What was received is made durable before the server hears of it.
                Flush();
                connection.Send(new MessageBuilder().Start((byte)'c'));
                return;
            }

            if (kind != (byte)'d')
            {
                throw ReplicationConnection.Unexpected(kind);
            }

            if (isFirst)
            {
                isFirst = false;
                began();
                positions.Change(p => p with { State = WalReceiverState.Streaming, From = p.From == Lsn.Invalid ? start : p.From, Problem = null });
                report();
            }

            var payload = new PayloadReader(connection.Payload);
            switch (payload.Byte())
            {
                case (byte)'w':
                    var at = new Lsn((ulong)payload.Int64());
                    var end = new Lsn((ulong)payload.Int64());
                    payload.Int64();
                    if (at != position)
                    {
                        throw new InvalidDataException($"the server sent its log from {at} where {position} was due");
                    }

                    position = Write(timeline, at, connection.Payload[DataHeaderLength..], segmentLength, cancellationToken);
                    Heard(end, position);
                    break;
                case (byte)'k':
                    Heard(new Lsn((ulong)payload.Int64()), position);
                    payload.Int64();
                    _replyWanted |= payload.Byte() != 0;
                    break;
                case var other:
                    throw new InvalidDataException($"the server sent a replication message of type '{(char)other}', which the protocol does not have");
            }
        }
    }

    private Lsn Write(uint timeline, Lsn position, ReadOnlySpan<byte> data, uint segmentLength, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            SpoolSegment segment;
            lock (_segmentLock)
            {
                try
                {
                    segment = _segment ??= new SpoolSegment(spool, WalSegment.At(timeline, position, segmentLength));
                    if (segment.Written != position || segment.Segment.Timeline != timeline)
                    {
                        throw new InvalidDataException($"the log from {position} does not follow what the spool has of {segment.Segment.FileName}, up to {segment.Written}");
                    }

                    var count = (int)Math.Min((ulong)data.Length, segment.Segment.End.Value - position.Value);
                    segment.Write(data[..count]);
                    data = data[count..];
                    position = segment.Written;
                    if (!segment.IsComplete)
                    {
                        break;
                    }

                    segment.Complete();
                    _segment = null;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw spool.Failed(e);
                }
            }

            positions.Change(p => p with { Flushed = position });
            _blocked = true;
            archiver.AddSegment(segment.Segment, cancellationToken);
            _blocked = false;
        }

        return position;
    }

    private void Heard(Lsn serverEnd, Lsn received) => positions.Change(p => p with
    {
        ReceivedBytes = p.ReceivedBytes + (received > p.Received ? (long)(received.Value - p.Received.Value) : 0),
        Received = received,
        ServerEnd = serverEnd > received ? serverEnd : received,
        LastHeard = options.Time.GetUtcNow(),
    });

    private void Flush()
    {
        lock (_segmentLock)
        {
            if (_segment is not { } segment)
            {
                return;
            }

            try
            {
                segment.Flush();
            }
            catch (IOException e)
            {
                throw spool.Failed(e);
            }

            positions.Change(p => p with { Flushed = segment.Flushed });
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var time = options.Time;
        var (lastStatus, lastFlush, lastPartial) = (time.GetTimestamp(), time.GetTimestamp(), time.GetTimestamp());
        var told = default(Lsn);
        long? askedAt = null;
        try
        {
            // An idle server sends nothing for half a minute; the answer says that it would.
            Tell(true);
            while (true)
            {
                await Task.Delay(Tick, time, cancellationToken).ConfigureAwait(false);
                var now = positions.Current;
                if (now.Flushed < now.Received && time.GetElapsedTime(lastFlush) >= options.FlushInterval)
                {
                    Flush();
                    lastFlush = time.GetTimestamp();
                    report();
                }

                if (options.PartialInterval > TimeSpan.Zero && time.GetElapsedTime(lastPartial) >= options.PartialInterval)
                {
                    lastPartial = time.GetTimestamp();
                    ArchivePartial();
                }

                if (_replyWanted)
                {
                    // A server that shuts down asks again and again, and waits until all of its log is safe.
                    Flush();
                    ArchivePartial();
                    var behind = Acknowledged() < positions.Current.Received;
                    askedAt = behind ? askedAt ?? time.GetTimestamp() : null;
                    if (askedAt is { } since && time.GetElapsedTime(since) > ShutdownPatience)
                    {
                        throw new TimeoutException("the server waits for what cannot be archived now; it was left so that it can shut down");
                    }
                }

                var safe = Acknowledged();
                if (_replyWanted || safe > told || time.GetElapsedTime(lastStatus) >= options.StatusInterval)
                {
                    _replyWanted = false;
                    told = safe;
                    lastStatus = time.GetTimestamp();
                    Tell(false);
                    report();
                }

                var silent = time.GetUtcNow() - positions.Current.LastHeard;
                if (_blocked)
                {
                    // It is this side that does not read.
                    positions.Change(p => p with { LastHeard = time.GetUtcNow() });
                }
                else if (silent > options.ServerTimeout)
                {
                    throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"nothing was heard of the server for {silent.TotalSeconds:0} s"));
                }
                else if (silent > options.ServerTimeout / 2 && time.GetElapsedTime(lastStatus) >= AskInterval)
                {
                    lastStatus = time.GetTimestamp();
                    Tell(true);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stream has ended.
        }
        catch (Exception e) when (ReplicationErrors.IsFailure(e) || e is DrException)
        {
            _keeperFailure = e;
            connection.Abort();
        }
    }

    private void ArchivePartial()
    {
        lock (_segmentLock)
        {
            if (_segment is { } segment && positions.Current.Waiting == 0)
            {
                archiver.AddPartial(segment);
            }
        }
    }

    private Lsn Acknowledged()
    {
        var now = positions.Current;
        return options.Acknowledge == WalAcknowledgement.Spooled ? now.Flushed : now.Archived;
    }

    /// <summary>Standby status update: written, flushed and applied positions, the clock in microseconds since 2000.</summary>
    private void Tell(bool replyWanted)
    {
        var microseconds = (options.Time.GetUtcNow() - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)).Ticks / TimeSpan.TicksPerMicrosecond;
        connection.Send(_status.Start((byte)'d').Byte((byte)'r')
            .Int64((long)positions.Current.Received.Value)
            .Int64((long)Acknowledged().Value)
            .Int64(0)
            .Int64(microseconds)
            .Byte(replyWanted ? (byte)1 : (byte)0));
    }
}
