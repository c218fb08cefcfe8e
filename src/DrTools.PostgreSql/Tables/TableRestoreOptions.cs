using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Tables;

/// <summary>Which tables are brought back, as what, and where to.</summary>
public sealed record TableRestoreOptions
{
    /// <summary>The tables: <c>schema.table</c>, without a schema one of <c>public</c>.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Schemas of which every table is brought back.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>The database that they are in; that of the target, or the only one of the backup, if not given.</summary>
    public string? Database { get; init; }

    /// <summary>The server, and the database in it, that takes them. Not needed for a file.</summary>
    public ServerAddress? Target { get; init; }

    /// <summary>A file instead of a database: <c>.sql</c> for statements with the rows, or <c>.csv</c> for the rows of one
    /// table. Must not exist.</summary>
    public string? File { get; init; }

    /// <summary>What the names end in. <c>_restored</c> unless they go to another schema, another database or a file.</summary>
    public string? Suffix { get; init; }

    /// <summary>The schema that takes them; their own if not given. It is made where it is missing.</summary>
    public string? TargetSchema { get; init; }

    /// <summary>A new name, where it is one table.</summary>
    public string? NewName { get; init; }

    /// <summary>A condition in SQL: only rows for which it holds (<c>customer = 17</c>).</summary>
    public string? Where { get; init; }

    /// <summary>Whether the rows are put back into the live tables where their primary key is missing, instead of into new
    /// tables. Rows that are there stay as they are.</summary>
    public bool InsertMissing { get; init; }

    /// <summary>Whether foreign keys to tables that are not brought back with them are made, leading to the live ones. Those
    /// among the tables brought back are made in any case.</summary>
    public bool ForeignKeys { get; init; }

    /// <summary>A password from a credential, for the target.</summary>
    public string? Password { get; init; }

    /// <summary>Everything but the password.</summary>
    public override string ToString() => $"{nameof(TableRestoreOptions)} {{ {nameof(Tables)} = [{string.Join(", ", Tables)}], {nameof(Schemas)} = [{string.Join(", ", Schemas)}], {nameof(Target)} = {Target}, {nameof(Where)} = {Where} }}";
}

/// <summary>How far a restore of tables is.</summary>
/// <param name="Step">What is being done, as a short phrase.</param>
/// <param name="Table">The table, once there is one.</param>
/// <param name="Bytes">Rows copied so far as text, bytes.</param>
public readonly record struct TableProgress(string Step, string? Table, long Bytes);

/// <summary>A sequence of a restored table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The value that it was set to.</param>
public sealed record RestoredSequence(string Name, long Value);

/// <summary>A table that was brought back.</summary>
public sealed record RestoredTable
{
    /// <summary>The table as it was called then.</summary>
    public required string Table { get; init; }

    /// <summary>Where its rows are now: a table or a file.</summary>
    public required string Target { get; init; }

    /// <summary>Rows that were written.</summary>
    public required long Rows { get; init; }

    /// <summary>With <see cref="TableRestoreOptions.InsertMissing"/>: rows whose key was there already.</summary>
    public long PresentRows { get; init; }

    /// <summary>Rows as text, bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Indexes that were made beside those of constraints.</summary>
    public IReadOnlyList<string> Indexes { get; init; } = [];

    /// <summary>Constraints that were made.</summary>
    public IReadOnlyList<string> Constraints { get; init; } = [];

    /// <summary>Sequences that were made, with their values.</summary>
    public IReadOnlyList<RestoredSequence> Sequences { get; init; } = [];

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];
}
