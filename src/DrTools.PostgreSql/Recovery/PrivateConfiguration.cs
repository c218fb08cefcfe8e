using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// A configuration for a restored data directory that has none, for its original keeps it elsewhere (Debian in
/// <c>/etc/postgresql</c>): on a socket that only the server's user reaches, and on no network.
/// </summary>
internal static class PrivateConfiguration
{
    private const string SettingsFile = "postgresql.conf";

    /// <summary>The longest path of a socket that Linux takes, less the name of the socket.</summary>
    private const int LongestFolder = 107 - 17;

    /// <summary>Of its lines those that say where the server listens.</summary>
    public static string Place(string dataDirectory) =>
        $"{ConfigurationText.Line("listen_addresses", string.Empty)}\n{ConfigurationText.Line("unix_socket_directories", SocketFolder(dataDirectory))}\n";

    private static string SocketFolder(string dataDirectory) => Encoding.UTF8.GetByteCount(dataDirectory) <= LongestFolder ? dataDirectory : "/tmp";

    /// <summary>Writes it, where there is none.</summary>
    /// <returns>What is worth knowing of it; <see langword="null"/> where there was one.</returns>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public static string? Complete(string dataDirectory, Account? account)
    {
        var path = Path.Combine(dataDirectory, SettingsFile);
        if (File.Exists(path))
        {
            return null;
        }

        var control = ControlFile.Read(dataDirectory);
        string Number(int value, int least) => Math.Max(value, least).ToString(CultureInfo.InvariantCulture);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["listen_addresses"] = string.Empty,
            ["unix_socket_directories"] = SocketFolder(dataDirectory),
            ["unix_socket_permissions"] = "0700",

            // At least what the original had, or its log cannot be replayed while queries run.
            ["max_connections"] = Number(control.MaxConnections, 20),
            ["max_worker_processes"] = Number(control.MaxWorkerProcesses, 8),
            ["max_wal_senders"] = Number(control.MaxWalSenders, 0),
            ["max_prepared_transactions"] = Number(control.MaxPreparedTransactions, 0),
            ["max_locks_per_transaction"] = Number(control.MaxLocksPerTransaction, 64),
            ["log_timezone"] = "UTC",
        };
        try
        {
            var lines = settings.Select(s => ConfigurationText.Line(s.Key, s.Value)).Prepend("# Written by DrTools, for the backup holds no configuration. Replace it by the original's before others use this server.");
            Write(path, string.Join('\n', lines) + "\n", account);

            // The socket is its user's alone.
            WriteMissing(Path.Combine(dataDirectory, "pg_hba.conf"), "local all all trust\n", account);
            WriteMissing(Path.Combine(dataDirectory, "pg_ident.conf"), string.Empty, account);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"A configuration cannot be written into {dataDirectory}: {e.Message}", "Check the folder, its permissions and its free space.", e) { Subject = dataDirectory };
        }

        return $"The backup holds no configuration (its server keeps it outside the data directory): the restored one has a private one in {path}, with a socket for its own user and no network. Replace it by the original's before others use it.";
    }

    private static void WriteMissing(string path, string content, Account? account)
    {
        if (!File.Exists(path))
        {
            Write(path, content, account);
        }
    }

    private static void Write(string path, string content, Account? account)
    {
        File.WriteAllText(path, content, new UTF8Encoding(false));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        account?.TakeOverEntry(path);
    }
}
