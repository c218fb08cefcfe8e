using System.Globalization;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Diagnosis;
using DrTools.PostgreSql.Programs;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// A database, chosen schemas or tables of it, or every database of a server, as <c>pg_dump</c> writes them, with roles
/// and tablespaces (<c>pg_dumpall --globals-only</c>). Dumps of one database are of one snapshot.
/// </summary>
/// <remarks>
/// <para>Dumps have the custom format without compression, straight into the repository: that keeps what did not change
/// byte for byte as it was, so that its chunks are known already: each row is a block of its own in the dumps of
/// PostgreSQL 18 and older. Compressed formats do not, and the plain format, which does as well, can be restored only as a
/// whole.</para>
/// <para><see href="https://www.postgresql.org/docs/current/app-pgdump.html">pg_dump</see>.</para>
/// </remarks>
public sealed class LogicalSource : IDiagnosableSource
{
    private readonly ServerAddress _address;
    private readonly LogicalSelection _selection;
    private readonly PostgreSqlOptions _options;

    /// <summary>A source for a server.</summary>
    /// <param name="address">The server, and the database unless all are meant.</param>
    /// <param name="selection">What of the database.</param>
    /// <param name="options">How.</param>
    public LogicalSource(ServerAddress address, LogicalSelection selection, PostgreSqlOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(selection);
        ArgumentNullException.ThrowIfNull(options);
        (_address, _selection, _options) = (address, selection, options);
        Name = selection.NameOf(address);
    }

    /// <inheritdoc/>
    public string Name { get; }

    private string? Password => _options.Password ?? _address.ServicePassword;

    /// <inheritdoc/>
    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var server = await DescribeAsync(cancellationToken).ConfigureAwait(false);
        var major = server.VersionNumber / 10000;
        var session = new LogicalSession(_address, _selection, _options with { Password = Password }, server, context)
        {
            Dump = ClientPrograms.Find("pg_dump", major, _options.ProgramFolder),
            DumpAll = ClientPrograms.Find("pg_dumpall", major, _options.ProgramFolder),
        };
        try
        {
            if (_address.Database is not null)
            {
                // What is missing shows before anything is stored.
                await session.OpenDatabaseAsync(_address.Database, cancellationToken).ConfigureAwait(false);
            }

            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<SourceDiagnosis> DiagnoseAsync(DiagnosisContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ServerDiagnosis(_address, Name, Password, physical: null).RunAsync(context, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        new RestoredDumps(restored, facts, _options.ProgramFolder, TimeProvider.System).CheckAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckScratchAsync(ScratchCopy copy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(copy);
        return new RestoredDumps(copy.Folder, copy.Backup.Facts, _options.ProgramFolder, TimeProvider.System)
        {
            Parent = copy.Parent,
            Assertions = copy.Assertions,
            Jobs = copy.Parallelism,
        }.CheckAsync(cancellationToken);
    }

    private async Task<ServerDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(_address, Password, _address.Database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                using var command = new NpgsqlCommand(
                    """
                    select current_setting('server_version_num')::int, current_setting('server_version'), pg_is_in_recovery(),
                      has_table_privilege('pg_catalog.pg_authid', 'select'), (select system_identifier::text from pg_control_system()),
                      array(select datname::text from pg_catalog.pg_database where datallowconn and not datistemplate order by datname collate "C"),
                      (select coalesce(sum(pg_database_size(oid)), 0)::bigint from pg_catalog.pg_database
                       where datallowconn and not datistemplate and has_database_privilege(oid, 'connect') and ($1 is null or datname = $1))
                    """,
                    connection)
                {
                    Parameters = { new NpgsqlParameter { NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text, Value = (object?)_address.Database ?? DBNull.Value } },
                };
                var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    return new ServerDescription(
                        reader.GetInt32(0),
                        reader.GetString(1).Split(' ')[0],
                        reader.GetBoolean(2),
                        reader.GetBoolean(3),
                        reader.GetString(4),
                        _address.Database is { } one ? [one] : reader.GetFieldValue<string[]>(5),
                        reader.GetInt64(6));
                }
            }
            catch (NpgsqlException e)
            {
                throw ServerConnection.Failed(_address, "The server could not be asked for its databases", e);
            }
        }
    }
}

/// <summary>A server, as a logical backup sees it.</summary>
/// <param name="VersionNumber"><c>server_version_num</c>.</param>
/// <param name="Version">Its version for people (<c>15.18</c>).</param>
/// <param name="IsStandby">Whether it is in recovery.</param>
/// <param name="ShowsRolePasswords">Whether the hashes of passwords may be read.</param>
/// <param name="SystemIdentifier">The cluster's identity.</param>
/// <param name="Databases">The databases to be backed up.</param>
/// <param name="Size">Their size on the server, bytes.</param>
internal sealed record ServerDescription(
    int VersionNumber,
    string Version,
    bool IsStandby,
    bool ShowsRolePasswords,
    string SystemIdentifier,
    IReadOnlyList<string> Databases,
    long Size)
{
    public string VersionText => VersionNumber.ToString(CultureInfo.InvariantCulture);
}
