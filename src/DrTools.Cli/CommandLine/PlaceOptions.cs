using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that say on what medium and at which site a repository is.</summary>
internal sealed class PlaceOptions
{
    private readonly Option<string?> _medium = new("--medium") { Description = "The kind of medium that it is on: disk, tape, object, …", HelpName = "WORD" };
    private readonly Option<string?> _site = new("--site") { Description = "The site that it is at.", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        command.Options.Add(_medium);
        command.Options.Add(_site);
    }

    public string? Medium(CommandRun run) => run.Get(_medium);

    public string? Site(CommandRun run) => run.Get(_site);
}
