using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.Cli.Output;

/// <summary>Tells what receiving a log came to.</summary>
internal static class LogStreamLines
{
    public static void Write(TextWriter text, Palette palette, LogStreamResult result)
    {
        text.WriteLine(palette.Paint(result.Source, Tone.Strong));
        text.WriteLine($"  {result.From} to {result.To} on timeline {result.Timeline} is in {string.Join(" and ", result.Repositories)}");
        text.WriteLine($"  {Figures.Bytes(result.Bytes)} received in {Figures.Duration(result.Duration)}, {Figures.Count(result.Segments, "segment")} archived{(result.UnfinishedSegment is { } unfinished ? $", and of the unfinished one {unfinished}" : string.Empty)}");
        text.WriteLine($"  {Reason(result.Ended)}, {Figures.Bytes(result.LagBytes)} behind the server{(result.Reconnects > 0 ? $"; the connection was lost {Figures.Count(result.Reconnects, "time")}" : string.Empty)}");
        if (result.Gaps > 0)
        {
            text.WriteLine($"  {palette.Paint(Figures.Count(result.Gaps, "gap"), Tone.Bad)}: the server had removed its log; take a new backup (drtools window tells what can be restored).");
        }
    }

    private static string Reason(WalReceiverEnd end) => end switch
    {
        WalReceiverEnd.PositionReached => "the position was reached",
        WalReceiverEnd.SegmentsArchived => "the segments are archived",
        WalReceiverEnd.Failed => "it failed",
        _ => "stopped",
    };
}
