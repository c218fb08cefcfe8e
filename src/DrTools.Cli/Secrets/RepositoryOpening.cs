using DrTools.Cli.CommandLine;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Cli.Secrets;

/// <summary>Opens a repository with what was given, or asks for a passphrase when one turns out to be needed.</summary>
internal static class RepositoryOpening
{
    public static async Task<Repository> OpenAsync(string location, SecretChoice secret, CommandRun run)
    {
        var factory = new RepositoryFactory();
        using var given = secret.Load();
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
