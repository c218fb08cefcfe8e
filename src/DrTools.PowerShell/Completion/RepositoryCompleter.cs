using System.Buffers;
using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Security;
using DrTools.Backup;
using DrTools.PowerShell.Commands;
using DrTools.Repositories;

namespace DrTools.PowerShell.Completion;

/// <summary>
/// Completes from the repository that the command line names. A prompt must never hang or show an error because of a
/// completion: what cannot be had within a second is left out.
/// </summary>
public abstract class RepositoryCompleter : IArgumentCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly SearchValues<char> Special = SearchValues.Create(" '\"$`(){};,|&<>@#");

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        ArgumentNullException.ThrowIfNull(fakeBoundParameters);
        var word = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var backups = Backups(fakeBoundParameters);
        return [.. Candidates(backups, fakeBoundParameters)
            .Where(c => c.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(c => new CompletionResult(Quoted(c.Text), c.Text, CompletionResultType.ParameterValue, c.Description))];
    }

    /// <summary>What can be written here.</summary>
    private protected abstract IEnumerable<(string Text, string Description)> Candidates(IReadOnlyList<BackupInfo> backups, IDictionary bound);

    private static string Quoted(string text) =>
        text.AsSpan().IndexOfAny(Special) < 0 ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static IReadOnlyList<BackupInfo> Backups(IDictionary bound)
    {
        using var stop = new CancellationTokenSource(Patience);
        try
        {
            var named = Unwrap(bound["Repository"]) ?? Environment.GetEnvironmentVariable(RepositoryOpener.RepositoryVariable);
            var reading = named switch
            {
                null or "" => null,
                DrRepository repository => Task.Run(() => ListAsync(repository.Opened, stop.Token).AsTask(), stop.Token),
                RepositoryReference { Repository: { } repository } => Task.Run(() => ListAsync(repository.Opened, stop.Token).AsTask(), stop.Token),
                _ => Read(named.ToString()!, bound, stop.Token),
            };
            return reading?.Wait(Patience) == true ? reading.Result : [];
        }
        catch (Exception e) when (e is AggregateException or DrException or RuntimeException)
        {
            return [];
        }
    }

    /// <summary>The session's paths can be had only on its own thread, and only through a command.</summary>
    private static Task<IReadOnlyList<BackupInfo>> Read(string location, IDictionary bound, CancellationToken cancellationToken)
    {
        using var shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        var paths = (PathIntrinsics)shell.AddScript("$ExecutionContext.SessionState.Path").Invoke()[0].BaseObject;
        var resolved = SessionPath.ResolveLocation(paths, location);
        var keyFile = Unwrap(bound["KeyFile"]) is string file ? SessionPath.Resolve(paths, file) : null;
        return Task.Run(() => ReadAsync(resolved, Unwrap(bound["Passphrase"]) as SecureString, keyFile, cancellationToken), cancellationToken);
    }

    private static async Task<IReadOnlyList<BackupInfo>> ReadAsync(string location, SecureString? passphrase, string? keyFile, CancellationToken cancellationToken)
    {
        using var credential = RepositorySecret.Choose(passphrase, keyFile);
        var opened = await new RepositoryFactory().OpenAsync(location, credential, cancellationToken).ConfigureAwait(false);
        await using (opened.ConfigureAwait(false))
        {
            return await ListAsync(opened, cancellationToken).ConfigureAwait(false);
        }
    }

    private static ValueTask<IReadOnlyList<BackupInfo>> ListAsync(Repository repository, CancellationToken cancellationToken) =>
        new BackupCatalog(repository).ListAsync(new BackupFilter(), cancellationToken, _ => { });

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;
}
