using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A moment of the past that is restored: how it is told to the server, and which transactions are on which side of it.</summary>
/// <param name="Target">The moment.</param>
/// <param name="IsBefore">Whether what happened in a span certainly belongs to it.</param>
/// <param name="IsAfter">Whether what happened in a span certainly does not.</param>
/// <param name="Begun">When it had certainly not come yet: a backup that was over by then leads to it.</param>
internal sealed record Moment(RecoveryTarget Target, Func<Span, bool> IsBefore, Func<Span, bool> IsAfter, DateTimeOffset Begun)
{
    /// <summary>The transaction that is the last one, or the first that is missing, if the target is one.</summary>
    public LedgerEntry? Edge { get; init; }

    /// <summary>The position that has to be reached at least, of a moment that only the recovery itself finds out.</summary>
    public Lsn? AtLeast { get; init; }

    /// <summary>The backup that it is the end of, if it is one.</summary>
    public string? BackupId { get; init; }

    /// <summary>The end of the log; up to a position it has certainly been archived.</summary>
    public static Moment Latest(Lsn archived, DateTimeOffset begun) => new(RecoveryTarget.Latest, s => s.ConfirmedAt <= archived, _ => false, begun) { AtLeast = archived };

    /// <summary>The end of a backup, by the server's own judgement of when it is consistent.</summary>
    public static Moment EndOf(TakenBackup backup) => new(RecoveryTarget.Immediate, s => s.Confirmed < backup.Begun, s => s.Begun > backup.Ended, backup.Ended)
    {
        AtLeast = backup.Info.Stop,
        BackupId = backup.Info.Info.Id,
    };

    /// <summary>The moment with what the recovery found out: the position up to which it replayed the log.</summary>
    public Moment Reached(Lsn position) => this with { IsBefore = s => IsBefore(s) || s.ConfirmedAt <= position, IsAfter = s => IsAfter(s) || s.BegunAt > position };

    /// <summary>The moment on a certain timeline.</summary>
    public Moment On(RecoveryTimeline timeline) => this with { Target = Target with { Timeline = timeline } };

    /// <summary>A time: recovery ends before the first commit that is later.</summary>
    public static Moment At(DateTimeOffset time, bool isInclusive)
    {
        var target = RecoveryTarget.At(time) with { IsInclusive = isInclusive };
        var cut = target.Time!.Value;
        return new(target, s => s.Confirmed < cut, s => s.Begun > cut.AddMicroseconds(1), cut);
    }

    /// <summary>A position between two records, or at the start of one.</summary>
    public static Moment At(Span span, bool isInclusive)
    {
        var position = span.ConfirmedAt;
        return new(RecoveryTarget.At(position) with { IsInclusive = isInclusive }, s => s.ConfirmedAt <= position, s => s.BegunAt > position, span.Begun);
    }

    /// <summary>A transaction: all that was committed before it is there, and nothing that was committed later.</summary>
    public static Moment At(LedgerEntry edge, bool isInclusive) => new(
        RecoveryTarget.AtTransaction(edge.Transaction) with { IsInclusive = isInclusive },
        s => s.Confirmed < edge.When.Begun,
        s => s.Begun > edge.When.Confirmed,
        edge.When.Begun)
    { Edge = edge };

    /// <summary>A restore point.</summary>
    public static Moment At(string name, Span span) => new(RecoveryTarget.AtName(name), s => s.Confirmed < span.Begun, s => s.Begun > span.Confirmed, span.Begun);
}
