using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;
using DrTools.Repositories.Logs;
using DrTools.Restore;
using Npgsql;

namespace DrTools.PostgreSql.Moments;

/// <summary>A moment that a physical backup and the log after it show, in a scratch instance.</summary>
internal sealed class PhysicalMoment(ScratchRestore restore, RecoveryTarget target) : IMoment
{
    public string? SystemIdentifier => restore.SystemIdentifier;

    public string? DefaultDatabase => null;

    public async Task<OpenMoment> OpenAsync(string database, IReadOnlyList<QualifiedName> tables, IReadOnlyList<string> schemas, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
    {
        var scratch = await restore.RestoreAsync(bytes => progress?.Report(new TableProgress("restore", null, bytes)), cancellationToken).ConfigureAwait(false);
        try
        {
            progress?.Report(new TableProgress("recover", null, 0));

            // Not paused: just before the commit of a DROP the table is locked already, and reading it would wait for ever.
            var recovery = await scratch.RecoverAsync(target, RecoveryTargetAction.Promote, restore.Supply, null, cancellationToken).ConfigureAwait(false);
            return new Open(scratch) { Position = recovery.Position, LastCommit = recovery.LastCommit };
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class Open(ScratchInstance scratch) : OpenMoment
    {
        public override Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken) => scratch.OpenAsync(database, cancellationToken: cancellationToken);

        public override ValueTask DisposeAsync() => scratch.DisposeAsync();
    }
}

/// <summary>How a physical backup gets into a scratch instance, and where the log after it comes from.</summary>
internal abstract class ScratchRestore
{
    /// <summary>Identity of the cluster.</summary>
    public abstract string? SystemIdentifier { get; }

    /// <summary>Where the log comes from.</summary>
    public abstract IWalSupply? Supply { get; }

    /// <summary>Fills a new scratch instance; it is not started.</summary>
    public abstract Task<ScratchInstance> RestoreAsync(Action<long>? progress, CancellationToken cancellationToken);
}

/// <summary>A physical backup of a repository that also holds the log.</summary>
internal sealed class RepositoryRestore(Repository repository, BackupInfo backup, ScratchOptions options) : ScratchRestore
{
    public override string? SystemIdentifier => backup.Facts.Details.GetValueOrDefault("systemIdentifier");

    public override IWalSupply? Supply => ulong.TryParse(SystemIdentifier, NumberStyles.None, CultureInfo.InvariantCulture, out var identifier)
        ? new ArchiveWalSupply([new LogArchive(repository)], identifier)
        : null;

    public override async Task<ScratchInstance> RestoreAsync(Action<long>? progress, CancellationToken cancellationToken)
    {
        var scratch = ScratchInstance.Create(int.Parse(backup.Facts.Details["serverVersion"], CultureInfo.InvariantCulture) / 10000, options);
        try
        {
            var report = progress is null ? null : new Progress<RestoreProgress>(p => progress(p.Bytes));
            var result = await new RestoreEngine(repository).RestoreAsync(backup, scratch.DataDirectory, new RestoreOptions { Check = false }, report, cancellationToken).ConfigureAwait(false);
            return result.LossCount == 0 ? scratch : throw new DrException(
                DrError.IntegrityFailure,
                $"{backup.Id} could not be restored whole: {result.Issues.First(i => i.IsLoss).Problem}",
                "Verify the repository, and choose another backup.")
            { Subject = backup.Id };
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
