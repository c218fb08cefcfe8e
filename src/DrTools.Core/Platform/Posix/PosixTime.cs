namespace DrTools.Platform.Posix;

/// <summary>Time stamps: nanoseconds since 1970 here, seconds and nanoseconds there.</summary>
internal static class PosixTime
{
    private const long PerSecond = 1_000_000_000;

    /// <summary>The nearest value that 64 bits hold: the years 1678 to 2262.</summary>
    internal static long ToNanoseconds(long seconds, uint nanoseconds)
    {
        var exact = ((Int128)seconds * PerSecond) + nanoseconds;
        return exact > long.MaxValue ? long.MaxValue : exact < long.MinValue ? long.MinValue : (long)exact;
    }

    /// <summary>Before 1970 the seconds are negative and the nanoseconds still count forward.</summary>
    internal static TimeSpec ToTimeSpec(long nanoseconds)
    {
        var (seconds, rest) = Math.DivRem(nanoseconds, PerSecond);
        return rest < 0
            ? new TimeSpec { Seconds = seconds - 1, Nanoseconds = rest + PerSecond }
            : new TimeSpec { Seconds = seconds, Nanoseconds = rest };
    }

    internal static long ToNanoseconds(DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
}
