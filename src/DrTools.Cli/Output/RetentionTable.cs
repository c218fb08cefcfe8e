using DrTools.Cli.Json;
using DrTools.Expiry;

namespace DrTools.Cli.Output;

/// <summary>Prints what becomes of each backup and why, the same for a dry run and a real one, and the sum of it.</summary>
internal static class RetentionTable
{
    public static void Write(TextWriter text, Palette palette, ExpiryResult result)
    {
        foreach (var group in result.Plan.Decisions.GroupBy(d => d.Candidate.Source))
        {
            text.WriteLine(palette.Paint(group.Key, Tone.Strong));
            var table = new TextTable("BACKUP", "TYPE", "STARTED", "FATE", "REASONS");
            foreach (var (candidate, keep, reasons) in group)
            {
                table.Add(
                    candidate.Id,
                    Scalars.Word(candidate.Type),
                    Figures.LocalTime(candidate.Started),
                    keep ? new Cell("keep", Tone.Good) : new Cell("remove", Tone.Caution),
                    string.Join(", ", reasons));
            }

            table.Write(text, palette);
            text.WriteLine();
        }

        var kept = result.Plan.Decisions.Count - result.RemovedBackups;
        text.WriteLine(
            $"{(result.IsDryRun ? "Would remove" : "Removed")} {Figures.Count(result.RemovedBackups, "backup")} and {Figures.Count(result.RemovedPacks, "pack")}, {Figures.Bytes(result.FreedBytes)}; {(result.IsDryRun ? "would keep" : "kept")} {Figures.Count(kept, "backup")}.");
        foreach (var logs in result.Logs)
        {
            var removed = logs.Removed == 0 ? "none" : $"{Figures.Count(logs.Removed, "log")} ({logs.FirstRemoved} to {logs.LastRemoved}), {Figures.Bytes(logs.FreedBytes)}";
            text.WriteLine($"{(result.IsDryRun ? "Would remove" : "Removed")} of {logs.Series}: {removed}; {(result.IsDryRun ? "would keep" : "kept")} {Figures.Count(logs.Kept, "log")}{(logs.Reasons.Count == 0 ? string.Empty : $" ({string.Join("; ", logs.Reasons)})")}.");
        }

        if (result.LockedBackups > 0 || result.LockedObjects > 0)
        {
            text.WriteLine($"Locked and therefore left, though nothing needs them: {Figures.Count(result.LockedBackups, "backup")} and {Figures.Count(result.LockedObjects, "object")}, the last until {(result.LockedUntil is { } until ? Figures.LocalTime(until) : "an unknown time")}.");
        }

        if (result.ExtendedLocks > 0)
        {
            text.WriteLine($"Extended {Figures.Count(result.ExtendedLocks, "lock")} of what is kept.");
        }

        if (result.DeferredPacks > 0)
        {
            text.WriteLine($"{Figures.Count(result.DeferredPacks, "pack")} of no backup left for now: a running or interrupted backup may use them.");
        }
    }
}
