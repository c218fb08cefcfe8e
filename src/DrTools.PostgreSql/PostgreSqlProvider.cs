using DrTools.Expiry;
using DrTools.Moments;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;

namespace DrTools.PostgreSql;

/// <summary>Makes PostgreSQL known to the engine. The faces call it once at start.</summary>
public static class PostgreSqlProvider
{
    /// <summary>Registers the scheme <c>postgresql</c> and what can go of its logs. Calling it again changes nothing.</summary>
    public static void Register()
    {
        SourceRegistry.Register(ServerAddress.Scheme, CreateSource);
        SourceRegistry.RegisterFinder(ServerAddress.Scheme, LocalServers.Find);
        LogRetentions.Register(new WalRetention());
        RecoveryMoments.Register(new ClusterMoments());
    }

    private static ISource CreateSource(string location, SourceOptions options)
    {
        var own = options.Provider as PostgreSqlOptions ?? new PostgreSqlOptions();
        var (address, method, selection) = LogicalSelection.Parse(location, own);
        address = address with { User = own.User ?? address.User };
        return method == BackupMethod.Logical
            ? new LogicalSource(address, selection, own)
            : new ClusterSource(address, own.Transport, PhysicalOptions(own));
    }

    private static PhysicalSourceOptions PhysicalOptions(PostgreSqlOptions own)
    {
        var options = new PhysicalSourceOptions { Password = own.Password, IncludeWal = own.IncludeWal, DataDirectory = own.DataDirectory, ProgramFolder = own.ProgramFolder };
        return own.CountRows ? options : options with { RowCountBudget = TimeSpan.Zero };
    }
}
