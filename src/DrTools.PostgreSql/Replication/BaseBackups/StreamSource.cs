using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>
/// The files of a PostgreSQL cluster on any host, through the server's base-backup stream (BASE_BACKUP of the replication
/// protocol; 15 and later). What is stored is what <see cref="PhysicalSource"/> stores.
/// </summary>
/// <remarks>
/// <para>All files come through the network, and of those that are made of pages only changed ones are stored. With
/// <c>summarize_wal</c> (17 and later) the server sends only blocks that changed since the parent backup, whichever way
/// that one was taken.</para>
/// <para>The user needs the REPLICATION attribute, a line for <c>replication</c> in pg_hba.conf, and an ordinary
/// connection to the database <c>postgres</c>. With the right to run <c>pg_read_binary_file</c> (superusers;
/// <c>pg_read_server_files</c> and a grant), pages whose checksum is wrong are read again before they are called damaged.</para>
/// </remarks>
public sealed class StreamSource : IDiagnosableSource
{
    private readonly ServerAddress _address;
    private readonly PhysicalSourceOptions _options;

    /// <summary>Creates a source; nothing is connected yet.</summary>
    /// <param name="address">The server.</param>
    /// <param name="options">How it is backed up.</param>
    public StreamSource(ServerAddress address, PhysicalSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        _address = address with { Database = null };
        _options = options ?? new PhysicalSourceOptions();
    }

    /// <inheritdoc/>
    public string Name => _address.SourceName;

    /// <inheritdoc/>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>, <see cref="DrError.PrivilegeMissing"/> or
    /// <see cref="DrError.ServerSetting"/>.</exception>
    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var connection = await ServerConnection.OpenAsync(_address, _options.Password, null, cancellationToken).ConfigureAwait(false);
        ServerState state;
        PhysicalSourceOptions options;
        try
        {
            state = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            options = await ArchivingCheck.ChooseAsync(_options, context, state.SystemIdentifier, cancellationToken).ConfigureAwait(false);
            Check(state, options.Archive);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var queries = new ServerQueries(_address, _options.Password, connection, state);
        try
        {
            var replication = await ReplicationConnection.OpenAsync(_address, _options.Password, cancellationToken).ConfigureAwait(false);
            try
            {
                return StreamSession.Open(_address, replication, queries, state, options, context);
            }
            catch
            {
                replication.Dispose();
                throw;
            }
        }
        catch
        {
            await queries.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        new PhysicalSource(_address, _options).CheckRestoredAsync(restored, facts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckScratchAsync(ScratchCopy copy, CancellationToken cancellationToken) =>
        new PhysicalSource(_address, _options).CheckScratchAsync(copy, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SourceDiagnosis> DiagnoseAsync(DiagnosisContext context, CancellationToken cancellationToken) =>
        new PhysicalSource(_address, _options).DiagnoseAsync(context, cancellationToken);

    private void Check(ServerState state, IWalArchiveCheck? archive)
    {
        if (!state.MayReplicate)
        {
            throw new DrException(
                DrError.PrivilegeMissing,
                $"The user {state.User} may not use replication connections to {_address}, which a base backup comes through.",
                $"As a superuser: ALTER ROLE \"{state.User}\" REPLICATION;")
            { Subject = _address.SourceName };
        }

        if (state.WalLevel == "minimal")
        {
            throw new DrException(
                DrError.ServerSetting,
                $"wal_level is minimal on {_address}, which allows no backup while the server runs.",
                "Set wal_level = replica and restart the server.");
        }

        if (!_options.IncludeWal)
        {
            ArchivingCheck.Require(_address, state, archive);
        }
    }
}
