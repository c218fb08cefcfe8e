using DrTools.Cli.CommandLine;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Cli.Secrets;

/// <summary>Opens a repository with what was given, or what its plan says, or asks for a passphrase when one turns out to be
/// needed.</summary>
internal static class RepositoryOpening
{
    /// <param name="location">Where it is, or its name in the plan (<c>plan:NAME</c>).</param>
    /// <param name="secret">What was given; a plan's repository is opened with it only if the plan says nothing.</param>
    /// <param name="run">The run.</param>
    public static async Task<Repository> OpenAsync(string location, SecretChoice secret, CommandRun run)
    {
        if (PlannedName.Is(location))
        {
            var planned = PlannedName.Repository(location);
            using var credential = new PlanRepositories(PlanAccess.Secrets(secret)).Credential(planned);
            return await OpenAsync(planned.Location, credential.Kind == KeySlotKind.None ? null : credential, run).ConfigureAwait(false);
        }

        using var given = secret.Load();
        return await OpenAsync(location, given, run).ConfigureAwait(false);
    }

    private static async Task<Repository> OpenAsync(string location, RepositoryCredential? given, CommandRun run)
    {
        var factory = new RepositoryFactory();
        if (given is not null)
        {
            return await factory.OpenAsync(location, given, run.Cancellation).ConfigureAwait(false);
        }

        try
        {
            return await factory.OpenAsync(location, RepositoryCredential.None, run.Cancellation).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.KeyRequired && PassphrasePrompt.IsPossible)
        {
            using var typed = await PassphrasePrompt.AskAsync(location, run.Cancellation).ConfigureAwait(false);
            return await factory.OpenAsync(location, typed, run.Cancellation).ConfigureAwait(false);
        }
    }
}
