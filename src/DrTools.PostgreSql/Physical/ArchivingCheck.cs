using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Physical;

/// <summary>Whether a backup without WAL can count on the archive.</summary>
internal static class ArchivingCheck
{
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where the server archives nothing, and no archive is
    /// named in which its WAL arrives by another way.</exception>
    public static void Require(ServerAddress address, ServerState state, PhysicalSourceOptions options)
    {
        var archives = state.ArchiveMode == "always" || (state.ArchiveMode == "on" && !state.IsStandby);
        if (options.Archive is null && (!archives || state.ArchiveCommand.Length == 0 || state.ArchiveCommand == "(disabled)"))
        {
            throw new DrException(
                DrError.ServerSetting,
                state.IsStandby && state.ArchiveMode == "on"
                    ? $"{address} is a standby and archives nothing itself (archive_mode is on, not always), so nothing here shows whether the WAL of the backup has been archived."
                    : $"{address} does not archive its WAL (archive_mode is {state.ArchiveMode}{(state.ArchiveMode == "off" ? string.Empty : ", and there is no archive_command")}), without which a backup cannot be made consistent.",
                "Store the WAL with the backup (-IncludeWal), or set up archiving (Enable-DrLogArchive).");
        }
    }
}
