namespace DrTools.PostgreSql.Tables;

/// <summary>What restored tables are called.</summary>
internal sealed class TableTargets(TableRestoreOptions options, bool sameDatabase)
{
    private const string DefaultSuffix = "_restored";

    /// <summary>Throws for options that contradict each other.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static void Check(TableRestoreOptions options)
    {
        var problem =
            options.Tables.Count + options.Schemas.Count == 0 ? "No table is named." :
            options.File is null == options.Target is null ? "Tables go either into a database or into a file." :
            options.File is not null && options.InsertMissing ? "Rows are put back into live tables, not into a file." :
            options.InsertMissing && (options.Suffix ?? options.TargetSchema ?? options.NewName) is not null ? "Rows that are put back go into the tables that they come from, which keep their names." :
            options.NewName is not null && (options.Tables.Count != 1 || options.Schemas.Count > 0) ? "A new name is for one table." :
            options.NewName is not null && options.Suffix is not null ? "A new name takes no ending." :
            options.File is { } file && Path.GetExtension(file) is not (".sql" or ".csv") ? $"What {file} shall hold is told by its ending, .sql or .csv." :
            options.File?.EndsWith(".csv", StringComparison.Ordinal) == true && (options.Tables.Count != 1 || options.Schemas.Count > 0) ? "A .csv file holds the rows of one table." :
            null;
        if (problem is not null)
        {
            throw new DrException(DrError.BadUsage, problem, "Change the options accordingly.");
        }
    }

    /// <summary>The name of the copy of a table.</summary>
    public QualifiedName Of(QualifiedName table)
    {
        if (options.NewName is { } name)
        {
            return QualifiedName.Parse(name, options.TargetSchema ?? table.Schema);
        }

        var suffix = options.Suffix ?? (options.TargetSchema is null && options.File is null && sameDatabase ? DefaultSuffix : string.Empty);
        return new QualifiedName(options.TargetSchema ?? table.Schema, CopyNames.Cut(table.Name, suffix));
    }
}
