namespace DrTools.PowerShell.Assertions;

/// <summary>What is said of one thing that an assertion is about.</summary>
/// <param name="Met">Whether it is as it should be; <see langword="null"/> when that could not be measured, which passes nothing.</param>
/// <param name="Subject">What it is about, as the subject of a sentence.</param>
/// <param name="Demand">What was to hold, as in <c>to meet its RTO of 1h</c>.</param>
/// <param name="Said">What was found, as a clause with figures.</param>
/// <param name="Remedy">What to do, as a sentence.</param>
internal sealed record Judgement(bool? Met, string Subject, string Demand, string Said, string Remedy)
{
    /// <summary>Something of which the assertion can say nothing.</summary>
    public static Judgement Unable(string subject, string demand, string why, string remedy) => new(null, subject, demand, why, remedy);
}
