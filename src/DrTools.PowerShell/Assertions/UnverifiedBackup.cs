namespace DrTools.PowerShell.Assertions;

/// <summary>A backup that was to be restored for an assertion, and could not be.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Problem">Why.</param>
/// <param name="Remedy">What to do, if the error said so.</param>
public sealed record UnverifiedBackup(string Backup, string Problem, string? Remedy);
