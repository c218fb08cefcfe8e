using DrTools.Cli.Secrets;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>A command on an existing repository.</summary>
internal abstract class RepositoryCommand : CliCommand
{
    private readonly RepositoryOptions _repository = new();

    private ServiceOptions? _service;

    /// <summary>What opens the repository.</summary>
    protected SecretChoice Secret(CommandRun run) => _repository.Secret(run);

    protected RepositoryCommand(string name, string description)
        : base(name, description) => _repository.AddTo(this);

    /// <summary>Lets a service of a plan be named, whose repository and sources are then meant (<see cref="CommandRun.Selection"/>).
    /// The name of a repository of the plan is then good for <c>--repo</c>.</summary>
    protected void TakeServices(string description)
    {
        _service = new ServiceOptions(description);
        _service.AddTo(this);
    }

    /// <summary>The source that was named, by its canonical name, for commands that take one.</summary>
    protected virtual string? SourceName(CommandRun run) => null;

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
        if (_service?.Read(run) is { } named)
        {
            run.Selection = PlannedSelection.Of(named.Plan, named.Service.Name, _repository.Given(run), SourceName(run));
            Validate(run);
            return await OnSelectionAsync(run, run.Selection).ConfigureAwait(false);
        }

        var location = _repository.RequiredLocation(run);
        Validate(run);
        var repository = await OpenAsync(run, location).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            return await RunAsync(run, repository).ConfigureAwait(false);
        }
    }

    private async Task<ExitCode> OnSelectionAsync(CommandRun run, PlannedSelection selection)
    {
        var repository = await new PlanRepositories(PlanAccess.Secrets(_repository.Secret(run))).OpenAsync(selection.Repository, run.Cancellation).ConfigureAwait(false);
        run.Output.Step($"Opened {repository.Location}, the repository {selection.Repository.Name} of the plan.");
        await using (repository.ConfigureAwait(false))
        {
            return await RunAsync(run, repository).ConfigureAwait(false);
        }
    }
}
