using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>Whether a backup without WAL can count on the archive.</summary>
internal static class ArchivingCheck
{
    /// <summary>Where the cluster's WAL is in the repository already, it has to arrive there.</summary>
    public static async ValueTask<PhysicalSourceOptions> ChooseAsync(
        PhysicalSourceOptions options, SourceContext context, ulong systemIdentifier, CancellationToken cancellationToken)
    {
        if (options.IncludeWal || options.Archive is not null || context.Logs is not { } logs)
        {
            return options;
        }

        var wal = new RepositoryWal(logs);
        if (await wal.HoldsAsync(systemIdentifier, cancellationToken).ConfigureAwait(false))
        {
            return options with { Archive = wal };
        }

        context.Note("The WAL of this cluster is not archived in this repository, so that a restore needs the archive that it goes to. Archive it here (Enable-DrLogArchive), or store what the backup needs with it (-IncludeLog, --include-wal).");
        return options;
    }

    /// <summary>Makes sure that something archives.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where the server archives nothing, and no archive is
    /// named in which its WAL arrives by another way.</exception>
    public static void Require(ServerAddress address, ServerState state, IWalArchiveCheck? archive)
    {
        var archives = state.ArchiveMode == "always" || (state.ArchiveMode == "on" && !state.IsStandby);
        if (archive is null && (!archives || state.ArchiveCommand.Length == 0 || state.ArchiveCommand == "(disabled)"))
        {
            throw new DrException(
                DrError.ServerSetting,
                state.IsStandby && state.ArchiveMode == "on"
                    ? $"{address} is a standby and archives nothing itself (archive_mode is on, not always), so nothing here shows whether the WAL of the backup has been archived."
                    : $"{address} does not archive its WAL (archive_mode is {state.ArchiveMode}{(state.ArchiveMode == "off" ? string.Empty : ", and there is no archive_command")}), without which a backup cannot be made consistent.",
                "Store the WAL with the backup (-IncludeLog, --include-wal), or set up archiving (Enable-DrLogArchive, drtools archive enable).");
        }
    }
}
