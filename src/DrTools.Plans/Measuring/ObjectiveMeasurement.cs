namespace DrTools.Plans;

/// <summary>How a service stands against its objectives now.</summary>
public sealed record ObjectiveMeasurement
{
    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Its objectives.</summary>
    public required Objectives Objectives { get; init; }

    /// <summary>When this was measured, UTC.</summary>
    public required DateTimeOffset Measured { get; init; }

    /// <summary>What would be lost of each source if the service failed this minute.</summary>
    public required IReadOnlyList<SourceLoss> Losses { get; init; }

    /// <summary>Time of which data would be lost at most; <see langword="null"/> when of some source all would be lost, or it is not
    /// known.</summary>
    public TimeSpan? Lost => Worst(l => l.Lost);

    /// <summary>The same if the whole site were lost, with all that is only there.</summary>
    public TimeSpan? LostWithSite => Worst(l => l.LostWithSite);

    /// <summary>Whether the RPO is met; <see langword="null"/> when it is not known.</summary>
    public bool? RpoMet => Met(l => l.Lost, l => l.Outcome);

    /// <summary>Whether it is met if the whole site is lost.</summary>
    public bool? RpoMetWithSite => Met(l => l.LostWithSite, l => l.OutcomeWithSite);

    /// <summary>What has to be done to have it back, one after another, with the time that each takes.</summary>
    public required IReadOnlyList<ForecastStep> Forecast { get; init; }

    /// <summary>Time until it is back; <see langword="null"/> when a step was never measured and the plan does not say how long it
    /// should take.</summary>
    public TimeSpan? TimeToBack => Sum(s => s.Expected);

    /// <summary>The least by what was measured.</summary>
    public TimeSpan? TimeToBackLeast => Sum(s => s.Least);

    /// <summary>The most by what was measured.</summary>
    public TimeSpan? TimeToBackMost => Sum(s => s.Most);

    /// <summary>Measurements behind it.</summary>
    public int Measurements => Forecast.Sum(s => s.Measurements);

    /// <summary>Steps that were never measured.</summary>
    public int NeverMeasured => Forecast.Count(s => s.Measurements == 0);

    /// <summary>Whether the RTO is met; <see langword="null"/> when it is not known. That it is not met is known as soon as the
    /// steps that are known take longer.</summary>
    public bool? RtoMet => Forecast.Sum(s => s.Expected?.Ticks ?? 0) > Objectives.Rto.Ticks ? false : TimeToBack is null ? null : true;

    /// <summary>What a rule of thumb says of the strategy, which knows nothing of this system: for where nothing was measured.</summary>
    public Objectives? RuleOfThumb { get; init; }

    /// <summary>What would improve it most.</summary>
    public required string Improvement { get; init; }

    private TimeSpan? Worst(Func<SourceLoss, TimeSpan?> of) => Losses.Count > 0 && Losses.All(l => of(l) is not null) ? Losses.Max(of) : null;

    private bool? Met(Func<SourceLoss, TimeSpan?> of, Func<SourceLoss, LossOutcome> outcome) =>
        Losses.Any(l => outcome(l) == LossOutcome.Everything || of(l) > Objectives.Rpo) ? false
        : Losses.Count == 0 || Losses.Any(l => outcome(l) == LossOutcome.Unknown) ? null
        : true;

    private TimeSpan? Sum(Func<ForecastStep, TimeSpan?> of) =>
        Forecast.Count > 0 && Forecast.All(s => of(s) is not null) ? new TimeSpan(Forecast.Sum(s => of(s)!.Value.Ticks)) : null;
}

/// <summary>What is known of a loss.</summary>
public enum LossOutcome
{
    /// <summary>So much at most.</summary>
    Known,

    /// <summary>All of it: nothing could be restored.</summary>
    Everything,

    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>What would be lost of a source.</summary>
public sealed record SourceLoss
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>What is known.</summary>
    public required LossOutcome Outcome { get; init; }

    /// <summary>Time of which data would be lost, at the most.</summary>
    public TimeSpan? Lost { get; init; }

    /// <summary>The newest moment that can be restored, UTC.</summary>
    public DateTimeOffset? Moment { get; init; }

    /// <summary>The repository that has it.</summary>
    public string? Repository { get; init; }

    /// <summary>What is known if the whole site is lost.</summary>
    public LossOutcome OutcomeWithSite { get; init; }

    /// <summary>Time of which data would be lost then.</summary>
    public TimeSpan? LostWithSite { get; init; }

    /// <summary>The repository elsewhere that has the most.</summary>
    public string? RepositoryElsewhere { get; init; }

    /// <summary>What is to be known of it, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>A step of a recovery, and how long it takes.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Expected">How long it takes: the median of what was measured, scaled to what there is now; or what the plan says.</param>
/// <param name="Least">The least.</param>
/// <param name="Most">The most.</param>
/// <param name="Measurements">How many measurements are behind it; 0 when it was never measured.</param>
/// <param name="Basis">What it rests on.</param>
public sealed record ForecastStep(string Name, TimeSpan? Expected, TimeSpan? Least, TimeSpan? Most, int Measurements, string Basis);
