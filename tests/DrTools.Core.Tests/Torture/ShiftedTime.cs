namespace DrTools.Tests.Torture;

/// <summary>The system's clock, wrong by as much as a test likes. Timers run as ever.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
