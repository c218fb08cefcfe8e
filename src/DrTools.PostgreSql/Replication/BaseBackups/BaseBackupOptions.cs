using System.Globalization;
using System.Text;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>How the server is asked for a base backup.</summary>
internal sealed record BaseBackupOptions
{
    /// <summary>The label, which ends up in <c>backup_label</c>.</summary>
    public string Label { get; init; } = "drtools";

    /// <summary>Whether the checkpoint at the start runs at full speed instead of being spread.</summary>
    public bool FastCheckpoint { get; init; } = true;

    /// <summary>Whether the WAL that makes the copy consistent comes with it.</summary>
    public bool IncludeWal { get; init; }

    /// <summary>Whether the server ends only when that WAL is archived.</summary>
    public bool WaitForArchive { get; init; }

    /// <summary>Whether the server sizes the cluster up beforehand.</summary>
    public bool EstimateSize { get; init; }

    /// <summary>Whether the server writes a <c>backup_manifest</c>.</summary>
    public bool Manifest { get; init; }

    /// <summary>Whether the server verifies page checksums. It then fails at the end of a backup with a bad page.</summary>
    public bool VerifyChecksums { get; init; }

    /// <summary>Whether only what changed since an uploaded manifest is wanted (17 and later).</summary>
    public bool Incremental { get; init; }

    /// <summary>Most kilobytes per second; 0 for no limit.</summary>
    public int MaximumRate { get; init; }

    /// <summary>The command in the syntax of 15 and later.</summary>
    /// <remarks><see href="https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-BASE-BACKUP">BASE_BACKUP</see>.</remarks>
    public string ToCommand()
    {
        var command = new StringBuilder("BASE_BACKUP (LABEL ").Append(ReplicationCommands.Literal(Label))
            .Append(CultureInfo.InvariantCulture, $", CHECKPOINT '{(FastCheckpoint ? "fast" : "spread")}'")
            .Append(CultureInfo.InvariantCulture, $", WAL {Word(IncludeWal)}, WAIT {Word(WaitForArchive)}, TABLESPACE_MAP true")
            .Append(CultureInfo.InvariantCulture, $", MANIFEST '{(Manifest ? "yes" : "no")}', VERIFY_CHECKSUMS {Word(VerifyChecksums)}");
        if (EstimateSize)
        {
            command.Append(", PROGRESS true");
        }

        if (Incremental)
        {
            command.Append(", INCREMENTAL");
        }

        if (MaximumRate > 0)
        {
            command.Append(CultureInfo.InvariantCulture, $", MAX_RATE {MaximumRate}");
        }

        return command.Append(')').ToString();
    }

    private static string Word(bool value) => value ? "true" : "false";
}
