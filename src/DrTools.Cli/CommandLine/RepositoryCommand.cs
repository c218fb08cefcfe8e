using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>A command on an existing repository.</summary>
internal abstract class RepositoryCommand : CliCommand
{
    private readonly RepositoryOptions _repository = new();

    /// <summary>What opens the repository.</summary>
    protected SecretChoice Secret(CommandRun run) => _repository.Secret(run);

    protected RepositoryCommand(string name, string description)
        : base(name, description) => _repository.AddTo(this);

    /// <summary>Whatever can be found wrong without the repository.</summary>
    protected virtual void Validate(CommandRun run)
    {
    }

    /// <summary>Runs it on the opened repository.</summary>
    protected abstract Task<ExitCode> RunAsync(CommandRun run, Repository repository);

    /// <summary>Opens the repository.</summary>
    protected virtual Task<Repository> OpenAsync(CommandRun run, string location) => _repository.OpenAsync(run, location);

    protected sealed override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var location = _repository.RequiredLocation(run);
        Validate(run);
        var repository = await OpenAsync(run, location).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            return await RunAsync(run, repository).ConfigureAwait(false);
        }
    }
}
