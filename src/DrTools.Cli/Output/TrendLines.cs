using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Drills.Trends;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells how drills went over time.</summary>
internal static class TrendLines
{
    public static void Write(TextWriter text, Palette palette, IReadOnlyList<DrillTrend> trends)
    {
        if (trends.Count == 0)
        {
            text.WriteLine("No drill has been held.");
            return;
        }

        foreach (var (trend, number) in trends.Select((t, i) => (t, i)))
        {
            if (number > 0)
            {
                text.WriteLine();
            }

            var scenario = trend.Scenario is { } one ? ScenarioOption.Word(one) : "all scenarios";
            text.WriteLine($"{palette.Paint($"{trend.Service}, {scenario}", Tone.Strong)}  {Figures.Count(trend.Drills, "drill")}, {Day(trend.Since)} to {Day(trend.Until)}");
            var rate = trend.SuccessRate.ToString("0 %", CultureInfo.InvariantCulture);
            text.WriteLine($"  passed   {palette.Paint($"{rate,-9}", trend.Passed == trend.Drills ? Tone.Good : Tone.Bad)} {trend.Outcomes}  {(trend.PassedInARow > 0 ? $"{Figures.Count(trend.PassedInARow)} in a row" : "the last one did not")}");
            Figure("RTO", trend.Rto);
            Figure("RPO", trend.Rpo);
            text.WriteLine($"  mean     {(trend.MeanTimeToRecovery is { } mttr ? Figures.Duration(mttr) : "not measured")} to recovery, {(trend.MeanTimeBetweenFailures is { } mtbf ? Figures.Duration(mtbf) + " between failures" : "no failure to measure from")}{(trend.MeanTimeToMend is { } mend ? $", {Figures.Duration(mend)} until mended" : string.Empty)}");
        }

        void Figure(string name, FigureTrend figure)
        {
            if (figure is not { Last: { } last, Objective: { } objective })
            {
                text.WriteLine($"  {name}      {palette.Paint("not measured", Tone.Caution)}");
                return;
            }

            var (word, tone) = figure.Direction switch
            {
                TrendDirection.Improving => ("improving", Tone.Good),
                TrendDirection.Worsening => ("worsening", Tone.Bad),
                TrendDirection.Steady => ("steady", Tone.Plain),
                _ => ("too few to tell", Tone.Weak),
            };
            text.WriteLine(
                $"  {name}      {palette.Paint($"{Figures.Duration(last),-9}", last <= objective ? Tone.Good : Tone.Bad)} {figure.Sparkline}  {palette.Paint(word, tone)}"
                + $", median {Figures.Duration(figure.Median!.Value)}, worst {Figures.Duration(figure.Worst!.Value)}; met {figure.Met} of {figure.Count}, objective {PlanDuration.Format(objective)}");
        }
    }

    private static string Day(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
