namespace DrTools.Cli.Json;

/// <summary>What <c>pin</c> and <c>unpin</c> print.</summary>
internal sealed record PinDocument(string BackupId, string Source, bool Pinned, bool Changed);
