namespace DrTools.PostgreSql.Administration;

/// <summary>A setting of a server that is, or would be, changed.</summary>
/// <param name="Name">The setting.</param>
/// <param name="OldValue">What it was.</param>
/// <param name="NewValue">What it is to be.</param>
/// <param name="NeedsRestart">Whether it counts only after a restart.</param>
public sealed record SettingChange(string Name, string OldValue, string NewValue, bool NeedsRestart);
