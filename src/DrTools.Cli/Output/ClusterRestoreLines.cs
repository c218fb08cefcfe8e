using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Output;

/// <summary>Tells what restoring a cluster would do, did, and how far its recovery is.</summary>
internal static class ClusterRestoreLines
{
    public static void Write(TextWriter text, Palette palette, DatabaseRestorePlan plan)
    {
        text.WriteLine($"{palette.Paint(plan.Backup.Id, Tone.Strong)}  {plan.Backup.Info.Source}");
        text.WriteLine($"  to        {plan.Target}, then {plan.Options.Action.ToString().ToLowerInvariant()}");
        text.WriteLine($"  into      {plan.Options.DataDirectory}{(plan.IsInUse ? ", which is not empty" : string.Empty)}{(plan.Resumes ? " (carries on an interrupted restore)" : string.Empty)}");
        text.WriteLine($"  writes    {Figures.Bytes(plan.Bytes)}");
        text.WriteLine($"  replays   {(plan.Segments is { } segments ? $"{segments.First} to {segments.Last}, about {Figures.Bytes(plan.WalBytes)}" : "nothing from the archive")}");
        foreach (var space in plan.Space)
        {
            text.WriteLine($"  space     {space.Path}: {Figures.Bytes(space.NeededBytes)} of {Figures.Bytes(space.FreeBytes)} free{(space.Fits ? string.Empty : palette.Paint(": too little", Tone.Bad))}");
        }

        foreach (var place in plan.Tablespaces)
        {
            text.WriteLine($"  tablespace {place.Oid}: {place.Original} → {place.Location}");
        }

        if (plan.Port is { } port)
        {
            text.WriteLine($"  port      {port.Describe(plan.Options is { Wait: true, StartCommand: null })}");
        }

        text.WriteLine($"  duration  {(plan.ExpectedDuration is { } duration ? "about " + Figures.Duration(duration) : "not known: this repository has no restores to tell by")}");
        foreach (var note in plan.Notes)
        {
            text.WriteLine($"  note      {note}");
        }

        foreach (var obstacle in plan.Obstacles)
        {
            text.WriteLine($"  {palette.Paint("obstacle", Tone.Bad)}  {obstacle.Message} {obstacle.Remedy}");
        }

        text.WriteLine("Nothing was changed.");
    }

    public static void Write(TextWriter text, Palette palette, DatabaseRestoreResult result)
    {
        var verdict = result.Passed ? palette.Paint("restored", Tone.Good) : palette.Paint("RESTORED IN PART", Tone.Bad);
        text.WriteLine($"{result.Plan.Backup.Id}  {verdict}  {result.Plan.Backup.Info.Source}");
        text.WriteLine($"  into {result.Plan.Options.DataDirectory}, to {result.Plan.Target}");
        text.WriteLine($"  {Figures.Count(result.Files.Files, "file")}, {Figures.Bytes(result.Files.Bytes)} written; {Figures.Duration(result.Duration)} in all");
        if (result.Recovery is { } recovery)
        {
            Write(text, palette, recovery);
        }
        else
        {
            text.WriteLine("  Start the server: it recovers to the target, and drtools progress tells how far it is.");
        }
    }

    public static void Write(TextWriter text, Palette palette, RecoveryProgress progress)
    {
        var tone = progress.State is RecoveryState.Finished or RecoveryState.Paused ? Tone.Good : Tone.Strong;
        text.WriteLine($"  {palette.Paint(progress.State == RecoveryState.NotRunning ? "not running" : progress.State.ToString().ToLowerInvariant(), tone)}{(progress.Position is { } position ? $" at {position}" : string.Empty)}{(progress.LastCommit is { } commit ? $", last commit {Figures.Moment(commit)}" : string.Empty)}");
        if (progress.Target is { } target)
        {
            text.WriteLine($"  target {target}");
        }

        if (progress.RemainingBytes is { } left)
        {
            text.WriteLine($"  {Figures.Bytes(left)} left{(progress.BytesPerSecond is { } rate ? $" at {Figures.Bytes((long)rate)}/s" : string.Empty)}{(progress.Remaining is { } remaining ? $", about {Figures.Duration(remaining)}" : string.Empty)}");
        }

        foreach (var warning in progress.Warnings)
        {
            text.WriteLine("  " + palette.Paint(warning, Tone.Caution));
        }
    }
}
