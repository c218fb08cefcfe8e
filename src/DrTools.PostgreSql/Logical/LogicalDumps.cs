using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Tables;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Logical;

/// <summary>The dumps of one database in a logical backup, and what the backup says of them.</summary>
internal sealed record LogicalDumps
{
    public required string Database { get; init; }

    /// <summary>The dumps, in walk order.</summary>
    public required IReadOnlyList<TreeEntry> Entries { get; init; }

    /// <summary>Major version of the <c>pg_dump</c> that wrote them; older programs may not read them.</summary>
    public required int DumpMajor { get; init; }

    public DatabaseDefinition? Definition { get; init; }

    /// <summary>Rows counted at backup time; names without the database.</summary>
    public IReadOnlyList<TableRows> Tables { get; init; } = [];

    /// <summary>Whether it is the whole database.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Schemas of tables that were chosen one by one.</summary>
    public IReadOnlyList<string> TableSchemas { get; init; } = [];

    /// <summary>Whether a backup is a logical one of PostgreSQL.</summary>
    public static bool IsLogical(SourceFacts facts) =>
        facts.Engine?.StartsWith("PostgreSQL", StringComparison.Ordinal) == true && facts.Details.GetValueOrDefault("method") == "logical";

    /// <summary>The databases that a backup holds.</summary>
    public static IReadOnlyList<string> DatabasesOf(SourceFacts facts) =>
        [.. (facts.Details.GetValueOrDefault("databases") ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

    /// <summary>Finds the dumps of a database.</summary>
    /// <param name="contents">The backup's files.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="database">Which database; the only one if not given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static async Task<LogicalDumps> ReadAsync(BackupContents contents, BackupInfo backup, string? database, CancellationToken cancellationToken)
    {
        if (!IsLogical(backup.Facts))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is not a logical backup of PostgreSQL.", "Restore it as what it is, or choose another backup.") { Subject = backup.Id };
        }

        var databases = DatabasesOf(backup.Facts);
        var name = database ?? (databases.Count == 1 ? databases[0] : throw new DrException(
            DrError.BadUsage,
            $"{backup.Id} holds {databases.Count} databases: {string.Join(", ", databases)}.",
            "Name the one to be restored.")
        { Subject = backup.Id });
        var entries = new List<TreeEntry>();
        await foreach (var entry in contents.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (entry.Kind == EntryKind.File && LogicalEntries.DatabaseOf(entry.DisplayPath) == name)
            {
                entries.Add(entry);
            }
        }

        return entries.Count == 0
            ? throw new DrException(DrError.BadUsage, $"{backup.Id} does not hold the database {name}.", $"It holds {string.Join(", ", databases)}.") { Subject = backup.Id }
            : From(backup.Facts, name, entries, databases.Count);
    }

    /// <summary>What a backup's facts say of the dumps of a database.</summary>
    /// <param name="facts">The facts.</param>
    /// <param name="database">The database.</param>
    /// <param name="entries">Its dumps.</param>
    /// <param name="databases">How many databases the backup holds.</param>
    public static LogicalDumps From(SourceFacts facts, string database, IReadOnlyList<TreeEntry> entries, int databases)
    {
        var prefix = $"{database}/";
        var isWhole = entries.Any(e => e.DisplayPath == LogicalEntries.Whole(database));
        var isQualified = facts.Tables.All(t => t.Table.Contains('/', StringComparison.Ordinal)) && (databases > 1 || facts.Tables.Any(t => t.Table.StartsWith(prefix, StringComparison.Ordinal)));
        return new LogicalDumps
        {
            Database = database,
            Entries = entries,
            DumpMajor = int.Parse(facts.Details.GetValueOrDefault("dumpVersion", "15").Split('.')[0], CultureInfo.InvariantCulture),
            Definition = DatabaseDefinition.FromFacts(facts.Details, database),
            Tables = isQualified
                ? [.. facts.Tables.Where(t => t.Table.StartsWith(prefix, StringComparison.Ordinal)).Select(t => t with { Table = t.Table[prefix.Length..] })]
                : facts.Tables,
            IsWhole = isWhole,
            TableSchemas =
            [
                .. (facts.Details.GetValueOrDefault("tables") ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries)
                    .Select(t => QualifiedName.Parse(Uri.UnescapeDataString(t)).Schema).Distinct(StringComparer.Ordinal),
            ],
        };
    }
}
