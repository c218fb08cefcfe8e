using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools regions</c>: where to recover a region.</summary>
internal sealed class RegionsCommand : CliCommand
{
    private readonly Option<string[]> _regions = new("--region") { Description = "Only this region, with every partner and the reasons; may be repeated.", HelpName = "NAME" };
    private readonly Option<int?> _distance = NumberOption.Create("--minimum-distance", "Partners are at least so far away, km; 1000 if not given.", 0, 20_038);
    private readonly Option<string[]> _jurisdictions = new("--jurisdiction") { Description = "Partners are under this law (a country such as DE, or an area such as EU); may be repeated.", HelpName = "LAW" };
    private readonly Option<string?> _table = new("--table") { Description = "A table of regions of your own, instead of the one that comes with the program.", HelpName = "FILE" };
    private readonly Option<bool> _show = new("--show-table") { Description = "Print the table that comes with the program, to be changed." };

    public RegionsCommand()
        : base("regions", "Tell of regions where they are, and which others are fit to recover them: distance, law, latency, zones.")
    {
        Options.Add(_regions);
        Options.Add(_distance);
        Options.Add(_jurisdictions);
        Options.Add(_table);
        Options.Add(_show);
    }

    protected override Task<ExitCode> RunAsync(CommandRun run)
    {
        if (run.Get(_show))
        {
            var text = RegionTable.BuiltinText;
            run.Output.Result(new RegionTableDocument(text), CliJson.Documents.RegionTableDocument, writer => writer.Write(text));
            return Task.FromResult(ExitCode.Done);
        }

        var table = RegionTable.Read(run.Get(_table));
        var named = run.Get(_regions)!;
        var pairs = RegionAdvisor.Pair(table, named, run.Get(_distance) ?? RegionAdvisor.UsualDistance, run.Get(_jurisdictions)!);
        run.Output.Result(RegionsDocument.Of(table, pairs), CliJson.Documents.RegionsDocument, text => RegionLines.Write(text, run.Output.Palette, table, pairs, named.Length > 0));
        return Task.FromResult(ExitCode.Done);
    }
}
