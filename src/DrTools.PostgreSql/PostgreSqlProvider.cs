using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.Sources;

namespace DrTools.PostgreSql;

/// <summary>Makes PostgreSQL known to the engine. The faces call it once at start.</summary>
public static class PostgreSqlProvider
{
    /// <summary>Registers the scheme <c>postgresql</c>. Calling it again changes nothing.</summary>
    public static void Register() =>
        SourceRegistry.Register(ServerAddress.Scheme, (location, _) => Create(ServerAddress.Parse(location)));

    /// <summary>The source that an address stands for.</summary>
    /// <param name="address">A cluster.</param>
    /// <param name="physical">How its files are backed up.</param>
    public static ISource Create(ServerAddress address, PhysicalSourceOptions? physical = null) => new PhysicalSource(address, physical);
}
