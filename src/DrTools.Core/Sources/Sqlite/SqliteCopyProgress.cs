namespace DrTools.Sources.Sqlite;

/// <summary>How far the copy of a database is.</summary>
/// <param name="CopiedPages">Pages that are copied.</param>
/// <param name="TotalPages">Pages of the database.</param>
/// <param name="PageSize">Bytes per page.</param>
/// <param name="Restarts">How often the copy has had to start again because the database was written to.</param>
public readonly record struct SqliteCopyProgress(int CopiedPages, int TotalPages, int PageSize, int Restarts);
