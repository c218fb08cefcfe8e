using System.CommandLine;
using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that name a repository and what opens it.</summary>
internal sealed class RepositoryOptions
{
    private const string Variable = "DRTOOLS_REPOSITORY";

    private readonly Option<string?> _location = new("--repo")
    {
        Description = $"The repository: a folder, s3://BUCKET/PREFIX (docs/s3.md), or plan:NAME (docs/plans.md). Also from {Variable}.",
        HelpName = "LOCATION",
    };

    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public void AddTo(Command command)
    {
        command.Options.Add(_location);
        _secret.AddTo(command);
    }

    /// <summary>Where it is; <see langword="null"/> when none was named.</summary>
    public string? Location(CommandRun run) =>
        (run.Get(_location) ?? Environment.GetEnvironmentVariable(Variable)) is { } location && !string.IsNullOrWhiteSpace(location) ? location : null;

    /// <summary>What was given on the command line.</summary>
    public string? Given(CommandRun run) => run.Get(_location);

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when none was named.</exception>
    public string RequiredLocation(CommandRun run) =>
        Location(run) ?? throw new DrException(DrError.BadUsage, "No repository was given.", $"Give it with --repo LOCATION or in {Variable}.");

    /// <summary>What opens it.</summary>
    public SecretChoice Secret(CommandRun run) => _secret.Read(run);

    public async Task<Repository> OpenAsync(CommandRun run, string location)
    {
        var repository = await RepositoryOpening.OpenAsync(location, _secret.Read(run), run).ConfigureAwait(false);
        run.Output.Step($"Opened {repository.Location} (repository {repository.Id}, format {repository.FormatVersion}, key protection: {repository.KeyProtection}).");
        return repository;
    }
}
