using System.CommandLine;
using DrTools.Cli.Secrets;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that name the repository to copy to, and what opens it.</summary>
internal sealed class TargetRepositoryOptions
{
    private readonly Option<string> _location = new("--to")
    {
        Description = "The repository to copy to.",
        HelpName = "LOCATION",
        Required = true,
    };

    private readonly SecretOptions _secret = SecretOptions.ForTarget();

    public void AddTo(Command command)
    {
        command.Options.Add(_location);
        _secret.AddTo(command);
    }

    /// <summary>Whether it opens without asking at the terminal.</summary>
    public bool OpensUnasked(CommandRun run, SecretChoice first) => (_secret.AreGiven(run) ? _secret.Read(run) : first).IsSaid;

    /// <summary>Opens it: with what was given for it, or else with what opens the first repository.</summary>
    public async Task<Repository> OpenAsync(CommandRun run, SecretChoice first)
    {
        var repository = await RepositoryOpening.OpenAsync(run.Get(_location)!, _secret.AreGiven(run) ? _secret.Read(run) : first, run).ConfigureAwait(false);
        run.Output.Step($"Opened {repository.Location} (repository {repository.Id}, format {repository.FormatVersion}, key protection: {repository.KeyProtection}).");
        return repository;
    }
}
