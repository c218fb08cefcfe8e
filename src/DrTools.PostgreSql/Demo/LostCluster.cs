using DrTools.Backup;
using DrTools.Demo;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Recovery;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.PostgreSql.Demo;

/// <summary>The demo's disaster: the server is killed and its data directory removed. All comes back from the repository, which
/// is opened anew as on another host.</summary>
internal sealed class LostCluster(
    DemoFolder folder, DemoServer server, Account? account, RepositoryFactory repositories, string source, StepRecorder steps, CancellationToken stop) : IAsyncDisposable
{
    private Repository? _repository;

    /// <summary>Kills the server and removes its data directory.</summary>
    public async Task<string> StrikeAsync()
    {
        await server.KillAsync().ConfigureAwait(false);

        // The server's children notice its end within moments, and may write until then.
        for (var attempt = 0; Directory.Exists(server.DataDirectory); attempt++)
        {
            try
            {
                Directory.Delete(server.DataDirectory, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(50);
            }
        }

        return "the server killed, its data directory removed, log and all";
    }

    /// <summary>Sees to it that there is nothing left to be taken for a success.</summary>
    /// <param name="sales">How many sales are on the till's roll.</param>
    public async Task<string> AssessAsync(int sales)
    {
        var answers = true;
        try
        {
            await using var connection = await server.ConnectAsync(ShopSchema.Database, stop).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.ServerUnreachable)
        {
            answers = false;
        }

        var gone = !Directory.Exists(server.DataDirectory);
        var found = $"the data directory {(gone ? "is gone" : "is still there")}, the server {(answers ? "still answers" : "does not answer")}, {Figures.Count(sales)} sales are on the till's roll";
        steps.Check("The disaster was real", gone && !answers, found);
        return found;
    }

    /// <summary>Restores the cluster, replays its log, and checks it.</summary>
    /// <param name="backups">The backups that have to be there.</param>
    /// <param name="program">The program that fetches the log.</param>
    /// <param name="sales">How many sales are on the till's roll.</param>
    /// <param name="check">Checks the recovered server.</param>
    public async Task RecoverAsync(IReadOnlyList<BackupInfo> backups, string program, int sales, Func<Task<string>> check)
    {
        await steps.TryAsync(DemoStep.OpenRepository, () => OpenRepositoryAsync(backups)).ConfigureAwait(false);
        if (_repository is { } repository)
        {
            await steps.TryAsync(DemoStep.RestoreDatabase, () => RestoreAsync(repository, program)).ConfigureAwait(false);
            await steps.TryAsync(DemoStep.ReplayLog, () => ReplayAsync(sales)).ConfigureAwait(false);
            await steps.TryAsync(DemoStep.CheckDatabase, check).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_repository is not null)
        {
            await _repository.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> OpenRepositoryAsync(IReadOnlyList<BackupInfo> backups)
    {
        using var credential = RepositoryCredential.FromPassphraseFile(folder.Passphrase);
        _repository = await repositories.OpenAsync(folder.Repository, credential, stop).ConfigureAwait(false);
        var listed = await new BackupCatalog(_repository).ListAsync(new BackupFilter(), stop).ConfigureAwait(false);
        steps.Check(
            "Every backup is listed",
            backups.All(b => listed.Any(l => l.Id == b.Id)),
            $"{listed.Count} of {backups.Count} backups found after the repository was opened anew");
        return $"opened with the passphrase, {listed.Count} backups";
    }

    private async Task<string> RestoreAsync(Repository repository, string program)
    {
        var restore = new DatabaseRestore(repository);
        var plan = await restore.PlanAsync(
            source,
            new DatabaseRestoreOptions { DataDirectory = server.DataDirectory, Target = RecoveryTarget.Latest, Program = program, KeyFile = folder.KeyFile, ProgramFolder = server.Programs.Folder, Owner = account?.Name },
            stop).ConfigureAwait(false);
        var result = await restore.RestoreAsync(plan, null, stop).ConfigureAwait(false);
        steps.Check(
            "Cluster restored",
            result.Passed && result.Files.IssueCount == 0,
            result.Files.Issues is [var first, ..] ? $"{Figures.Count(result.Files.IssueCount, "issue")}; {first.Path}: {first.Problem}" : $"{Figures.Count(result.Files.Files, "file")} of {plan.Backup.Id}, every hash as recorded");
        return $"{Figures.Bytes(result.Files.Bytes)} from {plan.Backup.Id}, a chain of {plan.Chain.Count}; {Figures.Bytes(plan.WalBytes)} of log to replay";
    }

    private async Task<string> ReplayAsync(int sales)
    {
        await server.StartAsync(stop).ConfigureAwait(false);
        await server.WaitForRecoveryAsync(stop).ConfigureAwait(false);
        var connection = await server.ConnectAsync(ShopSchema.Database, stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var last = await ShopSchema.AskAsync<long>(connection, "select coalesce(max(entry), 0) from sales.ledger", stop).ConfigureAwait(false);
            return $"to the end of the archived log, fetched by drtools wal get: up to sale {Figures.Count(last)} of {Figures.Count(sales)}";
        }
    }
}
