using System.Collections.Immutable;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A table as it was after a change of the schema.</summary>
/// <param name="Rows">Its rows, none for an unlogged one: those do not outlive a recovery.</param>
/// <param name="Hash">A sum over the hashes of all rows.</param>
/// <param name="Tablespace">Its tablespace, empty for the default one.</param>
/// <param name="IsUnlogged">Whether it is unlogged.</param>
/// <param name="Indexes">How many indexes it has.</param>
internal sealed record TableState(long Rows, string Hash, string Tablespace, bool IsUnlogged, long Indexes);

/// <summary>Everything that the changes of the schema had made when one of them was committed.</summary>
/// <param name="Number">The number of the change.</param>
/// <param name="Statement">What it was.</param>
/// <param name="When">When its number was committed.</param>
/// <param name="Tables">All tables that there are now, by name.</param>
/// <param name="Databases">All databases that were made and not dropped, with their tablespaces.</param>
internal sealed record SchemaState(long Number, string Statement, Span When, ImmutableSortedDictionary<string, TableState> Tables, ImmutableSortedDictionary<string, string> Databases);
