namespace DrTools.Benchmarks;

/// <summary>What one command took.</summary>
/// <param name="UserSeconds">Time in the program, of the process and those it waited for.</param>
/// <param name="SystemSeconds">Time in the kernel for it. In a virtual machine that gives free memory back to its host
/// this varies much: a page that is touched for the first time has to be fetched.</param>
/// <param name="WallSeconds">From start to exit.</param>
/// <param name="PeakMemoryBytes">Peak resident memory of the largest process.</param>
/// <param name="OtherCpuSeconds">Processor time that the rest of the machine took meanwhile: the noise. It includes the
/// kernel's write-back threads.</param>
internal readonly record struct Measurement(double UserSeconds, double SystemSeconds, double WallSeconds, long PeakMemoryBytes, double OtherCpuSeconds)
{
    public static Measurement Zero => default;

    public double CpuSeconds => UserSeconds + SystemSeconds;

    /// <summary>One after the other.</summary>
    public static Measurement operator +(Measurement a, Measurement b) => new(
        a.UserSeconds + b.UserSeconds,
        a.SystemSeconds + b.SystemSeconds,
        a.WallSeconds + b.WallSeconds,
        Math.Max(a.PeakMemoryBytes, b.PeakMemoryBytes),
        a.OtherCpuSeconds + b.OtherCpuSeconds);
}
