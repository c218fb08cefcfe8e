using System.Globalization;
using System.Text;

namespace DrTools.PostgreSql.Tables;

/// <summary>What a step of a copy makes.</summary>
internal enum CopyStepKind
{
    Table,
    Default,
    Sequence,
    Constraint,
    Index,
    Comment,
    Owner,
}

/// <summary>A statement of a copy.</summary>
/// <param name="Kind">What it makes.</param>
/// <param name="What">Its name for people (<c>index orders_by_day</c>).</param>
/// <param name="Statement">The statement.</param>
/// <param name="IsOptional">Whether the copy stands without it: what it refers to may not exist in the target.</param>
internal sealed record CopyStep(CopyStepKind Kind, string What, string Statement, bool IsOptional);

/// <summary>The statements that make a copy of a table under another name.</summary>
internal sealed class CopyPlan
{
    private readonly CopyNames _names;

    /// <summary>Plans a copy.</summary>
    /// <param name="table">The table.</param>
    /// <param name="copy">The name of the copy.</param>
    /// <param name="taken">Names of relations in the schema of the copy; those of the copy are added.</param>
    /// <param name="copies">The names of all tables that are copied together, by their own.</param>
    /// <param name="keepForeignKeys">Whether foreign keys to tables that are not copied are kept.</param>
    public CopyPlan(TableDefinition table, QualifiedName copy, ISet<string> taken, IReadOnlyDictionary<QualifiedName, QualifiedName> copies, bool keepForeignKeys)
    {
        (Table, Copy, _names) = (table, copy, new CopyNames(table.Name, copy, taken));
        Create = PlanTable();
        Constraints = PlanConstraints(copies, keepForeignKeys);
    }

    public TableDefinition Table { get; }

    public QualifiedName Copy { get; }

    /// <summary>Before the rows come.</summary>
    public IReadOnlyList<CopyStep> Create { get; }

    /// <summary>After the rows: keys, checks and indexes, then comments and the owner.</summary>
    public IReadOnlyList<CopyStep> Constraints { get; }

    /// <summary>When every table has its keys.</summary>
    public IReadOnlyList<CopyStep> ForeignKeys { get; private set; } = [];

    /// <summary>Sequences of the copy, with the value that each is set to.</summary>
    public IReadOnlyList<RestoredSequence> Sequences { get; private set; } = [];

    /// <summary>What is left out by decision.</summary>
    public List<LeftOut> LeftOut { get; } = [];

    private List<CopyStep> PlanTable()
    {
        var columns = new List<string>();
        var later = new List<CopyStep>();
        var sequences = new List<RestoredSequence>();
        foreach (var column in Table.Columns)
        {
            var text = new StringBuilder($"{QualifiedName.Quote(column.Name)} {column.Type}");
            if (column.Collation is { } collation)
            {
                text.Append(" collate ").Append(collation);
            }

            if (column.Sequence is { } sequence)
            {
                var name = Copy with { Name = _names.Of(sequence.Name.Name) };
                sequences.Add(new RestoredSequence(name.ToString(), sequence.LastValue));
                if (column.Identity.Length > 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $" generated {(column.Identity == "a" ? "always" : "by default")} as identity (sequence name {name.Sql} {Options(sequence)})");
                }
                else
                {
                    later.Add(new CopyStep(CopyStepKind.Sequence, $"sequence {name}", $"create sequence {name.Sql} as {sequence.Type} {Options(sequence)} owned by {Copy.Sql}.{QualifiedName.Quote(column.Name)}", false));
                    if (column.Expression?.StartsWith("nextval(", StringComparison.Ordinal) == true)
                    {
                        later.Add(Default(column, $"nextval({QualifiedName.Literal(name.Sql)}::regclass)"));
                    }
                }

                later.Add(new CopyStep(
                    CopyStepKind.Sequence,
                    $"value of sequence {name}",
                    string.Create(CultureInfo.InvariantCulture, $"select setval({QualifiedName.Literal(name.Sql)}::regclass, {sequence.LastValue}, {(sequence.IsCalled ? "true" : "false")})"),
                    false));
            }
            else if (column.Generated.Length > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $" generated always as ({column.Expression}) {(column.Generated == "v" ? "virtual" : "stored")}");
            }
            else if (column.Expression is { } expression)
            {
                later.Add(Default(column, expression));
            }

            columns.Add(text.Append(column.NotNull ? " not null" : string.Empty).ToString());
        }

        Sequences = sequences;
        var parameters = Table.StorageParameters is { } options ? $" with ({options})" : string.Empty;
        return [new CopyStep(CopyStepKind.Table, $"table {Copy}", $"create table {Copy.Sql} ({string.Join(", ", columns)}){parameters}", false), .. later];
    }

    private List<CopyStep> PlanConstraints(IReadOnlyDictionary<QualifiedName, QualifiedName> copies, bool keepForeignKeys)
    {
        var steps = new List<CopyStep>();
        var keys = new List<CopyStep>();
        foreach (var constraint in Table.Constraints)
        {
            if (constraint.Kind != "f")
            {
                steps.Add(Constraint(constraint, constraint.Definition));
            }
            else if (constraint.Referenced is { } referenced && copies.TryGetValue(referenced, out var copied))
            {
                keys.Add(Constraint(constraint, LeadTo(constraint.Definition, copied)));
            }
            else if (keepForeignKeys)
            {
                keys.Add(Constraint(constraint, constraint.Definition));
            }
            else
            {
                LeftOut.Add(new LeftOut($"foreign key {constraint.Name}", $"It leads to {constraint.Referenced}, which is not restored with it; ask for foreign keys to have it lead to the live table."));
            }
        }

        foreach (var index in Table.Indexes)
        {
            var name = _names.Of(index.Name);
            steps.Add(new CopyStep(CopyStepKind.Index, $"index {name}", $"create {(index.IsUnique ? "unique " : string.Empty)}index {QualifiedName.Quote(name)} on {Copy.Sql} {index.Rest}", true));
        }

        if (Table.Comment is { } comment)
        {
            steps.Add(new CopyStep(CopyStepKind.Comment, "comment", $"comment on table {Copy.Sql} is {QualifiedName.Literal(comment)}", true));
        }

        foreach (var column in Table.Columns.Where(c => c.Comment is not null))
        {
            steps.Add(new CopyStep(CopyStepKind.Comment, $"comment on {column.Name}", $"comment on column {Copy.Sql}.{QualifiedName.Quote(column.Name)} is {QualifiedName.Literal(column.Comment!)}", true));
        }

        ForeignKeys = keys;
        return steps;
    }

    private CopyStep Constraint(ConstraintDefinition constraint, string definition)
    {
        // A check has no relation of its own, but the name has to be free on the table only, so this is never wrong.
        var name = _names.Of(constraint.Name);
        return new CopyStep(CopyStepKind.Constraint, $"constraint {name}", $"alter table {Copy.Sql} add constraint {QualifiedName.Quote(name)} {definition}", true);
    }

    private CopyStep Default(ColumnDefinition column, string expression) => new(
        CopyStepKind.Default,
        $"default of {column.Name}",
        $"alter table {Copy.Sql} alter column {QualifiedName.Quote(column.Name)} set default {expression}",
        true);

    private static string Options(SequenceDefinition sequence) => string.Create(
        CultureInfo.InvariantCulture,
        $"start with {sequence.Start} increment by {sequence.Increment} minvalue {sequence.Minimum} maxvalue {sequence.Maximum} cache {sequence.Cache} {(sequence.Cycles ? "cycle" : "no cycle")}");

    /// <summary>Lets a foreign key lead to another table: what stands between REFERENCES and its columns.</summary>
    private static string LeadTo(string definition, QualifiedName table)
    {
        const string word = " REFERENCES ";
        var start = Find(definition, word, 0) + word.Length;
        return definition[..start] + table.Sql + definition[Find(definition, "(", start)..];
    }

    /// <summary>Finds text outside quoted names.</summary>
    private static int Find(string text, string wanted, int from)
    {
        var quoted = false;
        for (var i = from; i < text.Length; i++)
        {
            if (!quoted && string.CompareOrdinal(text, i, wanted, 0, wanted.Length) == 0)
            {
                return i;
            }

            quoted ^= text[i] == '"';
        }

        throw new InvalidOperationException($"'{text}' has no '{wanted}'.");
    }
}
