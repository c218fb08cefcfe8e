namespace DrTools.Plans;

/// <summary>Where something is written in a plan file.</summary>
/// <param name="Line">The line, from 1; 0 where it is not written anywhere.</param>
/// <param name="Column">The column, from 1.</param>
public readonly record struct PlanPosition(int Line, int Column)
{
    /// <summary>As in messages: <c>line 4, column 7</c>.</summary>
    public override string ToString() => $"line {Line}, column {Column}";
}
