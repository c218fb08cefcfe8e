namespace DrTools.Plans;

/// <summary>Something in a plan file that makes no sense.</summary>
/// <param name="File">Absolute path of the file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
/// <param name="Path">The keys that lead there (<c>services.shop.objectives.rto</c>); empty for the file as a whole.</param>
/// <param name="Message">What is wrong, as a sentence.</param>
/// <param name="Remedy">What to do, as a sentence.</param>
public sealed record PlanProblem(string File, int Line, int Column, string Path, string Message, string Remedy)
{
    /// <summary>Its kind: <see cref="DrError.PlanInvalid"/>, <see cref="DrError.PlanNewer"/> or <see cref="DrError.PlanMissing"/>.</summary>
    public DrError Error { get; init; } = DrError.PlanInvalid;

    /// <summary>As an editor finds the place: <c>dr.yaml:4:7: message</c>.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}:{Column}: {Message}" : $"{File}: {Message}";

    /// <summary>The same as an error.</summary>
    public DrException ToException() => new(Error, ToString(), Remedy) { Subject = File };
}

/// <summary>What reading a plan file gave.</summary>
public sealed record PlanReadResult
{
    /// <summary>Absolute path of the file.</summary>
    public required string File { get; init; }

    /// <summary>The plan; <see langword="null"/> when there are problems.</summary>
    public RecoveryPlan? Plan { get; init; }

    /// <summary>All problems, in the order of the file.</summary>
    public required IReadOnlyList<PlanProblem> Problems { get; init; }

    /// <summary>The plan.</summary>
    /// <exception cref="DrException">There are problems: it names the first ones.</exception>
    public RecoveryPlan Require()
    {
        if (Plan is not null)
        {
            return Plan;
        }

        var first = Problems[0];
        return Problems.Count == 1
            ? throw first.ToException()
            : throw new DrException(
                first.Error,
                $"{first} ({Figures.Count(Problems.Count - 1, "further problem")})",
                $"{first.Remedy} See them all with: drtools plan test {File}, Test-DrPlan {File}.")
            { Subject = File };
    }
}
