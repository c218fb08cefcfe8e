using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools place</c>: declares on what medium and at which site a repository is.</summary>
internal sealed class PlaceCommand : RepositoryCommand
{
    private readonly PlaceOptions _place = new();

    public PlaceCommand()
        : base("place", "Say, or see, on what medium and at which site a repository is.") => _place.AddTo(this);

    protected override void Validate(CommandRun run) => _ = new RepositoryPlace(_place.Medium(run), _place.Site(run));

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var declared = new RepositoryPlace(_place.Medium(run) ?? repository.Place.Medium, _place.Site(run) ?? repository.Place.Site);
        await RepositoryFactory.DeclareAsync(repository, declared, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(RepositoryDocument.Of(repository), CliJson.Documents.RepositoryDocument, text =>
            text.WriteLine($"{repository.Location} is on {declared.Medium ?? "a medium that is not declared"}, at {declared.Site ?? "a site that is not declared"}."));
        return ExitCode.Done;
    }
}
