using System.CommandLine;
using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>A command on an existing repository.</summary>
internal abstract class RepositoryCommand : CliCommand
{
    private const string Variable = "DRTOOLS_REPOSITORY";

    private readonly Option<string?> _location = new("--repo")
    {
        Description = $"The repository: a folder. Also from {Variable}.",
        HelpName = "LOCATION",
    };

    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    protected RepositoryCommand(string name, string description)
        : base(name, description)
    {
        Options.Add(_location);
        _secret.AddTo(this);
    }

    /// <summary>Whatever can be found wrong without the repository.</summary>
    protected virtual void Validate(CommandRun run)
    {
    }

    /// <summary>Runs it on the opened repository.</summary>
    protected abstract Task<ExitCode> RunAsync(CommandRun run, Repository repository);

    protected sealed override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var location = run.Get(_location) ?? Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrWhiteSpace(location))
        {
            throw new DrException(DrError.BadUsage, "No repository was given.", $"Give it with --repo LOCATION or in {Variable}.");
        }

        Validate(run);
        var repository = await RepositoryOpening.OpenAsync(location, _secret.Read(run), run).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            run.Output.Step($"Opened {repository.Location} (repository {repository.Id}, format {repository.FormatVersion}, key protection: {repository.KeyProtection}).");
            return await RunAsync(run, repository).ConfigureAwait(false);
        }
    }
}
