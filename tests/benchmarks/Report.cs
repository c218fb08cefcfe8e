using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrTools.Benchmarks;

/// <summary>The figures of one scenario.</summary>
internal sealed record ScenarioResult
{
    public required string Scenario { get; init; }

    public string? Tree { get; init; }

    /// <summary>What each tool took, by its name; one for each run, in the order of the runs.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Measurement>> Runs { get; init; }

    /// <summary>Bytes that each tool stores, where the scenario compares that.</summary>
    public IReadOnlyDictionary<string, long>? StoredBytes { get; init; }

    /// <summary>The largest ratios to the first peer that are wanted.</summary>
    public Targets Targets { get; init; } = new();

    /// <summary>Further figures, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>The largest values that are wanted; of those that are not given nothing is wanted.</summary>
internal sealed record Targets
{
    public double? Cpu { get; init; }

    public double? Wall { get; init; }

    public double? Size { get; init; }

    public double? PeakMiB { get; init; }

    public double? WallMilliseconds { get; init; }
}

/// <summary>Prints results for people and writes them for programs.</summary>
internal sealed class Report
{
    private readonly List<ScenarioResult> _results = [];

    public void Add(ScenarioResult result)
    {
        _results.Add(result);
        Print(result);
    }

    public void WriteJson(string path) => File.WriteAllText(path, JsonSerializer.Serialize(_results, ReportJson.Default.ListScenarioResult));

    private static void Print(ScenarioResult result)
    {
        Console.WriteLine();
        Console.WriteLine(Text($"{result.Scenario}{(result.Tree is null ? string.Empty : $" of {result.Tree}")}: medians of {result.Runs.Values.Max(r => r.Count)}"));
        Console.WriteLine("                  user s  system s    wall s  peak MiB  stored MB   others' CPU s");
        foreach (var (tool, runs) in result.Runs)
        {
            var stored = result.StoredBytes is { } sizes && sizes.TryGetValue(tool, out var bytes) ? Text($"{bytes / 1e6:f1}") : "-";
            Console.WriteLine(Text(
                $"  {tool,-13}{Median(runs, m => m.UserSeconds),9:f2} {Median(runs, m => m.SystemSeconds),9:f2} {Median(runs, m => m.WallSeconds),9:f3} {Peak(runs),9:f0} {stored,10}   {Median(runs, m => m.OtherCpuSeconds):f2}"));
        }

        foreach (var (peer, runs) in result.Runs.Skip(1))
        {
            PrintRatios(result, peer, runs, peer == result.Runs.Keys.ElementAt(1) ? result.Targets : new Targets());
        }

        var own = result.Runs.First();
        if (result.Targets.PeakMiB is { } peak)
        {
            Console.WriteLine(Text($"  peak memory of {own.Key}: {Peak(own.Value):f0} MiB{Verdict(Peak(own.Value), peak)}"));
        }

        if (result.Targets.WallMilliseconds is { } limit)
        {
            var wall = 1000 * Median(own.Value, m => m.WallSeconds);
            Console.WriteLine(Text($"  {own.Key}: {wall:f0} ms{Verdict(wall, limit)}"));
        }

        foreach (var note in result.Notes)
        {
            Console.WriteLine("  " + note);
        }
    }

    private static void PrintRatios(ScenarioResult result, string peer, IReadOnlyList<Measurement> runs, Targets targets)
    {
        var (ownName, own) = result.Runs.First();
        if (own.All(m => m.PeakMemoryBytes == 0))
        {
            Console.WriteLine(Text($"  {ownName}/{peer}: wall {Ratio(own, runs, m => m.WallSeconds):f2}"));
            return;
        }

        var cpu = Ratio(own, runs, m => m.CpuSeconds);
        var user = Ratio(own, runs, m => m.UserSeconds);
        var wall = Ratio(own, runs, m => m.WallSeconds);
        var line = $"  {ownName}/{peer}: CPU {cpu:f2}{Verdict(cpu, targets.Cpu)} (user alone {user:f2}), wall {wall:f2}{Verdict(wall, targets.Wall)}, peak memory {Peak(own) / Peak(runs):f2}";
        if (result.StoredBytes is { } sizes && sizes.TryGetValue(peer, out var theirs))
        {
            var size = (double)sizes[ownName] / theirs;
            line += Text($", stored {size:f3}{Verdict(size, targets.Size)}");
        }

        Console.WriteLine(line);
    }

    /// <summary>The median of the ratios of runs that followed one another, which share what noise there was.</summary>
    private static double Ratio(IReadOnlyList<Measurement> own, IReadOnlyList<Measurement> others, Func<Measurement, double> figure) =>
        Median(own.Zip(others, (a, b) => figure(a) / figure(b)));

    private static double Peak(IReadOnlyList<Measurement> runs) => runs.Max(m => m.PeakMemoryBytes) / (double)(1 << 20);

    private static double Median(IEnumerable<Measurement> runs, Func<Measurement, double> figure) => Median(runs.Select(figure));

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return (ordered[(ordered.Count - 1) / 2] + ordered[ordered.Count / 2]) / 2;
    }

    private static string Verdict(double value, double? limit) =>
        limit is { } most ? Text($" ({(value <= most ? "meets" : "MISSES")} {most:0.##})") : string.Empty;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<ScenarioResult>))]
internal sealed partial class ReportJson : JsonSerializerContext;
