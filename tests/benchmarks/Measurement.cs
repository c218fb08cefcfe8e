namespace DrTools.Benchmarks;

/// <summary>What one command took.</summary>
/// <param name="CpuSeconds">User and system time of the process and those it waited for.</param>
/// <param name="WallSeconds">From start to exit.</param>
/// <param name="PeakMemoryBytes">Peak resident memory of the largest process.</param>
/// <param name="OtherCpuSeconds">Processor time that the rest of the machine took meanwhile: the noise. It includes the
/// kernel's write-back threads.</param>
internal readonly record struct Measurement(double CpuSeconds, double WallSeconds, long PeakMemoryBytes, double OtherCpuSeconds)
{
    public static Measurement Zero => default;

    /// <summary>One after the other.</summary>
    public static Measurement operator +(Measurement a, Measurement b) => new(
        a.CpuSeconds + b.CpuSeconds,
        a.WallSeconds + b.WallSeconds,
        Math.Max(a.PeakMemoryBytes, b.PeakMemoryBytes),
        a.OtherCpuSeconds + b.OtherCpuSeconds);
}
