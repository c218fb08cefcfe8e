using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells what recovery costs.</summary>
internal static class CostLines
{
    private const int Width = 96;

    public static void Write(TextWriter text, Palette palette, CostEstimate estimate)
    {
        var table = new TextTable("COST", "OF", "CLASS", ">SIZE", ">GROWTH/MONTH", ">MONTH", ">MONTH IN A YEAR");
        foreach (var i in estimate.Items)
        {
            var sizes = i.Kind != CostKind.Site;
            table.Add(
                Scalars.Word(i.Kind),
                i.Content is { } content ? $"{i.Name}, {Scalars.Word(content)}" : i.Name,
                i.StorageClass ?? string.Empty,
                i.Bytes is { } bytes ? Figures.Bytes(bytes) : sizes ? "?" : string.Empty,
                i.GrowthPerMonth is { } growth ? Figures.Bytes(growth) : i.Kind == CostKind.Storage ? "?" : string.Empty,
                new Cell(Money(i.PerMonth), i.PerMonth is null ? Tone.Caution : Tone.Plain),
                Money(i.PerMonthInAYear));
        }

        table.Write(text, palette);
        text.WriteLine();
        foreach (var basis in estimate.Items.GroupBy(i => (i.Name, i.Basis)))
        {
            foreach (var (line, i) in TextWrap.Lines($"{basis.Key.Name}: {basis.Key.Basis}", Width).Select((l, i) => (l, i)))
            {
                text.WriteLine((i == 0 ? "  " : "    ") + line);
            }
        }

        text.WriteLine();
        var sums = new TextTable("IN ALL", ">MONTH", ">YEAR", ">MONTH IN A YEAR", ">YEAR IN A YEAR", "WITHOUT");
        Sum("backups", estimate.Storage);
        Sum("sites", estimate.Site);
        Sum("everything", estimate.Total);
        sums.Write(text, palette);
        text.WriteLine(estimate.Currency is { } currency ? $"In {currency}." : "The plan has no prices: add 'costs'.");
        if (estimate.Strategies.Count > 0)
        {
            text.WriteLine();
            Write(text, palette, estimate.Strategies);
        }

        void Sum(string name, CostSum sum) => sums.Add(
            name,
            new Cell(Money(sum.PerMonth), Tone.Strong),
            Money(sum.PerYear),
            Money(sum.PerMonthInAYear),
            Money(sum.PerYearInAYear),
            new Cell(sum.Missing == 0 ? "nothing" : $"{Figures.Count(sum.Missing, "thing")} of unknown cost", sum.Missing == 0 ? Tone.Plain : Tone.Caution));
    }

    private static void Write(TextWriter text, Palette palette, IReadOnlyList<StrategyReturn> strategies)
    {
        var table = new TextTable("  STRATEGY", ">YEAR", ">LOSS/YEAR", ">TOTAL", ">ROI", "TOO SLOW FOR");
        foreach (var s in strategies)
        {
            table.Add(
                new Cell($"{(s.IsCheapest ? "→ " : "  ")}{ChoiceOption.Word(s.Strategy)}{(s.IsMeasured ? " (the backups there are)" : string.Empty)}", s.IsCheapest ? Tone.Good : Tone.Plain),
                Money(s.PerYear),
                Money(s.AnnualLoss),
                Money(s.AnnualTotal),
                s.ReturnOnInvestment is { } roi ? string.Create(CultureInfo.InvariantCulture, $"{roi * 100:n0} %") : "-",
                s.MissedBy.Count == 0 ? "-" : string.Join(", ", s.MissedBy));
        }

        table.Write(text, palette);
    }

    private static string Money(decimal? amount) => amount is { } known ? known.ToString("n2", CultureInfo.InvariantCulture) : "?";
}
