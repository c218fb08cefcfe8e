using System.Globalization;
using DrTools.PostgreSql.Recovery;

namespace DrTools.PowerShell;

/// <summary>A moment that a user names: a time object, or text with a zone. Text without one is refused, because it would
/// mean another moment on another host.</summary>
public sealed class MomentReference
{
    private readonly DateTimeOffset? _time;
    private readonly string _text;

    /// <summary>A moment.</summary>
    public MomentReference(DateTimeOffset time) => (_time, _text) = (time, time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFzzz", CultureInfo.InvariantCulture));

    /// <summary>A time that knows whether it is local or UTC.</summary>
    public MomentReference(DateTime time)
    {
        _time = time.Kind == DateTimeKind.Unspecified ? null : new DateTimeOffset(time);
        _text = time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFK", CultureInfo.InvariantCulture);
    }

    /// <summary>A time with its zone: <c>2026-11-21T10:00:00Z</c>, <c>2026-11-21 11:00:00+01:00</c>.</summary>
    public MomentReference(string text) => _text = text;

    /// <summary>The moment.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it has no zone or is no time.</exception>
    public DateTimeOffset Resolve() => _time ?? RecoveryTarget.ParseTime(_text);

    /// <summary>As given.</summary>
    public override string ToString() => _text;
}
