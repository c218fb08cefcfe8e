using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What kind of moment a recovery goes up to.</summary>
public enum RecoveryTargetKind
{
    /// <summary>The end of the log: everything that is there.</summary>
    Latest,

    /// <summary>The first moment at which the backup is consistent: its end.</summary>
    Immediate,

    /// <summary>A time.</summary>
    Time,

    /// <summary>A position in the log.</summary>
    Lsn,

    /// <summary>The commit of a transaction.</summary>
    Transaction,

    /// <summary>A restore point that somebody named with <c>pg_create_restore_point</c>.</summary>
    Name,
}

/// <summary>What a server does when it has reached its target.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-RECOVERY-TARGET-ACTION">
/// recovery_target_action</see>.</remarks>
public enum RecoveryTargetAction
{
    /// <summary>Ends recovery, begins a timeline of its own, and accepts writes.</summary>
    Promote,

    /// <summary>Stays readable where it is; <c>pg_wal_replay_resume()</c> then ends recovery.</summary>
    Pause,

    /// <summary>Stops; it can be started again towards a later target.</summary>
    Shutdown,
}

/// <summary>The moment that a recovery goes up to.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-RECOVERY-TARGET">
/// Recovery Target</see>.</remarks>
public sealed partial record RecoveryTarget
{
    /// <summary>Servers keep the names of restore points in 64 bytes.</summary>
    private const int LongestName = 63;

    private RecoveryTarget(RecoveryTargetKind kind) => Kind = kind;

    /// <summary>The end of the log.</summary>
    public static RecoveryTarget Latest { get; } = new(RecoveryTargetKind.Latest);

    /// <summary>The end of the backup.</summary>
    public static RecoveryTarget Immediate { get; } = new(RecoveryTargetKind.Immediate);

    /// <summary>What kind of moment it is.</summary>
    public RecoveryTargetKind Kind { get; }

    /// <summary>The time, UTC, in whole microseconds.</summary>
    public DateTimeOffset? Time { get; private init; }

    /// <summary>The position.</summary>
    public Lsn? Lsn { get; private init; }

    /// <summary>The transaction's id, with or without its epoch.</summary>
    public ulong? TransactionId { get; private init; }

    /// <summary>The restore point's name.</summary>
    public string? Name { get; private init; }

    /// <summary>Whether what happened at just this time, position or transaction is recovered too.</summary>
    public bool IsInclusive { get; init; } = true;

    /// <summary>Which timeline is followed.</summary>
    public RecoveryTimeline Timeline { get; init; } = RecoveryTimeline.Latest;

    /// <summary>Whether <see cref="IsInclusive"/> means anything for it.</summary>
    public bool HasEdge => Kind is RecoveryTargetKind.Time or RecoveryTargetKind.Lsn or RecoveryTargetKind.Transaction;

    /// <summary>A time. What is finer than a microsecond, the unit of commit times, is cut off.</summary>
    public static RecoveryTarget At(DateTimeOffset time) =>
        new(RecoveryTargetKind.Time) { Time = new DateTimeOffset(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero) };

    /// <summary>A position in the log.</summary>
    public static RecoveryTarget At(Lsn lsn) => new(RecoveryTargetKind.Lsn) { Lsn = lsn };

    /// <summary>The commit of a transaction.</summary>
    public static RecoveryTarget AtTransaction(ulong id) => new(RecoveryTargetKind.Transaction) { TransactionId = id };

    /// <summary>A restore point.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: no server has a restore point of this name.</exception>
    public static RecoveryTarget AtName(string name)
    {
        if (string.IsNullOrEmpty(name) || System.Text.Encoding.UTF8.GetByteCount(name) > LongestName || name.Any(char.IsControl))
        {
            throw new DrException(DrError.BadUsage, $"'{name}' is not the name of a restore point.", $"Names have 1 to {LongestName} bytes and no control characters.");
        }

        return new(RecoveryTargetKind.Name) { Name = name };
    }

    /// <summary>
    /// Reads <c>latest</c>, <c>immediate</c>, a time with its zone (<c>2026-11-21T10:00:00Z</c>,
    /// <c>2026-11-21 11:00:00+01:00</c>, also after <c>time:</c>), a position (<c>0/3000028</c>, <c>lsn:0/3000028</c>),
    /// a transaction (<c>xid:1234</c>) or a restore point (<c>name:before-release</c>).
    /// </summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>; a time without a zone is one.</exception>
    public static RecoveryTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var word = text.Trim();
        if (word.Equals("latest", StringComparison.OrdinalIgnoreCase))
        {
            return Latest;
        }

        if (word.Equals("immediate", StringComparison.OrdinalIgnoreCase))
        {
            return Immediate;
        }

        var (kind, rest) = word.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (word[..colon].ToLowerInvariant(), word[(colon + 1)..]) : (string.Empty, word);
        switch (kind)
        {
            case "lsn":
                return Wal.Lsn.TryParse(rest, out var position) ? At(position) : throw Unusable(text, $"'{rest}' is not a position such as 0/3000028");
            case "xid":
                return ulong.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id >= FirstTransaction
                    ? AtTransaction(id)
                    : throw Unusable(text, $"'{rest}' is not a transaction's id");
            case "name":
                return AtName(rest);
            case "time":
                return At(ParseTime(rest));
            default:
                return Wal.Lsn.TryParse(word, out var plain) ? At(plain) : At(ParseTime(word));
        }
    }

    /// <summary>Reads a time that says its zone: <c>Z</c>, <c>UTC</c>, or an offset.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static DateTimeOffset ParseTime(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = TimeForm().Match(text.Trim());
        if (!match.Success)
        {
            throw Unusable(text, "it is neither latest, immediate, a time, lsn:…, xid:… nor name:…");
        }

        if (!match.Groups["zone"].Success)
        {
            throw new DrException(
                DrError.BadUsage,
                $"The time '{text}' has no zone, so it is not clear which moment it means.",
                $"Add the zone: '{text}Z' for UTC, or an offset such as '{text}+01:00'.");
        }

        var zone = match.Groups["zone"].Value;
        zone = zone.Equals("z", StringComparison.OrdinalIgnoreCase) || zone.Equals("utc", StringComparison.OrdinalIgnoreCase) ? "+00:00"
            : zone.Length == 3 ? zone + ":00"
            : zone.Length == 5 ? zone[..3] + ":" + zone[3..]
            : zone;
        var seconds = match.Groups["seconds"].Success ? match.Groups["seconds"].Value : ":00";
        return DateTimeOffset.TryParse($"{match.Groups["date"].Value}T{match.Groups["minutes"].Value}{seconds}{zone}", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : throw Unusable(text, "there is no such time");
    }

    /// <summary>The settings that name it to PostgreSQL 12 and later, <c>recovery_target_action</c> left out.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ToSettings()
    {
        var settings = new List<KeyValuePair<string, string>>();
        void Add(string name, string value) => settings.Add(new(name, value));
        switch (Kind)
        {
            case RecoveryTargetKind.Immediate:
                Add("recovery_target", "immediate");
                break;
            case RecoveryTargetKind.Time:
                Add("recovery_target_time", Time!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff'+00'", CultureInfo.InvariantCulture));
                break;
            case RecoveryTargetKind.Lsn:
                Add("recovery_target_lsn", Lsn!.Value.ToString());
                break;
            case RecoveryTargetKind.Transaction:
                Add("recovery_target_xid", TransactionId!.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case RecoveryTargetKind.Name:
                Add("recovery_target_name", Name!);
                break;
        }

        if (HasEdge)
        {
            Add("recovery_target_inclusive", IsInclusive ? "on" : "off");
        }

        Add("recovery_target_timeline", Timeline.ToString());
        return settings;
    }

    /// <summary>For people: times in UTC.</summary>
    public override string ToString()
    {
        var moment = Kind switch
        {
            RecoveryTargetKind.Time => Time!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF 'UTC'", CultureInfo.InvariantCulture),
            RecoveryTargetKind.Lsn => $"LSN {Lsn}",
            RecoveryTargetKind.Transaction => $"transaction {TransactionId}",
            RecoveryTargetKind.Name => $"restore point '{Name}'",
            RecoveryTargetKind.Immediate => "immediate",
            _ => "latest",
        };
        var edge = HasEdge && !IsInclusive ? " (exclusive)" : string.Empty;
        return Timeline == RecoveryTimeline.Latest ? moment + edge : $"{moment}{edge} on timeline {Timeline}";
    }

    /// <summary>The ids below belong to the system.</summary>
    private const ulong FirstTransaction = 3;

    private static DrException Unusable(string text, string why) => new(
        DrError.BadUsage,
        $"'{text}' is not a recovery target: {why}.",
        "Write latest, immediate, a time with its zone (2026-11-21T10:00:00Z), lsn:0/3000028, xid:1234 or name:RESTOREPOINT.");

    [GeneratedRegex(@"^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?<minutes>[0-9]{2}:[0-9]{2})(?<seconds>:[0-9]{2}(\.[0-9]{1,9})?)?( ?(?<zone>[Zz]|[Uu][Tt][Cc]|[+-][0-9]{2}(:?[0-9]{2})?))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex TimeForm();
}
