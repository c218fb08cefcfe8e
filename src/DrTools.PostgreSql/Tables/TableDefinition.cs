namespace DrTools.PostgreSql.Tables;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as statements write it, with its schema where it is not the server's own.</param>
/// <param name="NotNull">Whether it must have a value.</param>
internal sealed record ColumnDefinition(string Name, string Type, bool NotNull)
{
    /// <summary>Its collation where it is not that of its type, quoted.</summary>
    public string? Collation { get; init; }

    /// <summary>The expression of its default or, if <see cref="Generated"/>, of its value.</summary>
    public string? Expression { get; init; }

    /// <summary><c>a</c> for GENERATED ALWAYS AS IDENTITY, <c>d</c> for BY DEFAULT; empty otherwise.</summary>
    public string Identity { get; init; } = string.Empty;

    /// <summary><c>s</c> for a stored generated column, <c>v</c> for a virtual one; empty otherwise.</summary>
    public string Generated { get; init; } = string.Empty;

    /// <summary>The sequence that belongs to it, of a serial or identity column.</summary>
    public SequenceDefinition? Sequence { get; init; }

    public string? Comment { get; init; }
}

/// <summary>A sequence with where it stands.</summary>
internal sealed record SequenceDefinition(QualifiedName Name, string Type, long Start, long Increment, long Minimum, long Maximum, long Cache, bool Cycles)
{
    public long LastValue { get; init; }

    /// <summary>Whether <see cref="LastValue"/> has been handed out, so that the next one is beyond it.</summary>
    public bool IsCalled { get; init; }
}

/// <summary>A constraint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>p</c> primary key, <c>u</c> unique, <c>x</c> exclusion, <c>c</c> check, <c>f</c> foreign key.</param>
/// <param name="Definition">What follows <c>ADD CONSTRAINT name</c>.</param>
/// <param name="Referenced">The table that a foreign key leads to.</param>
internal sealed record ConstraintDefinition(string Name, string Kind, string Definition, QualifiedName? Referenced);

/// <summary>An index that belongs to no constraint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsUnique">Whether it is unique.</param>
/// <param name="Rest">The statement from <c>USING</c> on.</param>
internal sealed record IndexDefinition(string Name, bool IsUnique, string Rest);

/// <summary>A table as the catalogue describes it.</summary>
internal sealed record TableDefinition
{
    public required QualifiedName Name { get; init; }

    /// <summary>Whether its rows lie in partitions.</summary>
    public bool IsPartitioned { get; init; }

    public bool IsUnlogged { get; init; }

    public required string Owner { get; init; }

    /// <summary>Storage parameters, as statements write them.</summary>
    public string? StorageParameters { get; init; }

    public string? Comment { get; init; }

    public required IReadOnlyList<ColumnDefinition> Columns { get; init; }

    public IReadOnlyList<ConstraintDefinition> Constraints { get; init; } = [];

    public IReadOnlyList<IndexDefinition> Indexes { get; init; } = [];

    /// <summary>What else there is and is not copied, as a name and why.</summary>
    public IReadOnlyList<LeftOut> NotCopied { get; init; } = [];

    /// <summary>The columns that rows are written to: all but generated ones.</summary>
    public string ColumnList => string.Join(", ", Columns.Where(c => c.Generated.Length == 0).Select(c => QualifiedName.Quote(c.Name)));
}

/// <summary>Something of a table that was not restored.</summary>
/// <param name="What">What it is, with its name.</param>
/// <param name="Why">Why, as a sentence.</param>
public sealed record LeftOut(string What, string Why);
