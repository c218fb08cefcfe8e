namespace DrTools.Sources.Sqlite;

/// <summary>How a copy came about.</summary>
/// <param name="Method"><c>online</c> (the backup API) or <c>files</c> (the files as they lay).</param>
/// <param name="Restarts">How often it had to start again because the database was written to.</param>
/// <param name="InOneGo">Whether writers had to wait for the whole of it in the end.</param>
internal sealed record CopyOutcome(string Method, int Restarts, bool InOneGo);
