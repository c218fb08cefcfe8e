using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Diagnosis;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// The files of a PostgreSQL cluster whose data directory is on this host, backed up while it runs through the low-level
/// backup API.
/// </summary>
/// <remarks>
/// <para>Restored files are made consistent by the WAL that was written meanwhile, which is archived or stored with the
/// backup. Of each file that changed since the parent backup only the changed pages are stored: found by their LSN, or
/// by the server's WAL summaries. That needs data checksums or wal_log_hints, without which the server changes pages and
/// leaves their LSN (hint bits, and that all rows are visible); such clusters are compared by content.</para>
/// <para>Page checksums are verified on the way. A damaged page is named, and the backup is then partial.</para>
/// </remarks>
public sealed class PhysicalSource : IDiagnosableSource
{
    private readonly ServerAddress _address;
    private readonly PhysicalSourceOptions _options;

    /// <summary>Creates a source; nothing is connected yet.</summary>
    /// <param name="address">The server.</param>
    /// <param name="options">How it is backed up.</param>
    public PhysicalSource(ServerAddress address, PhysicalSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        _address = address with { Database = null };
        _options = options ?? new PhysicalSourceOptions();
    }

    /// <inheritdoc/>
    public string Name => _address.SourceName;

    /// <inheritdoc/>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>, <see cref="DrError.PrivilegeMissing"/>,
    /// <see cref="DrError.ServerSetting"/>, or <see cref="DrError.SourceMissing"/> where the data directory is not here.</exception>
    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var connection = await ServerConnection.OpenAsync(_address, _options.Password, null, cancellationToken).ConfigureAwait(false);
        ServerBackup? backup = null;
        try
        {
            var state = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            var options = await ArchivingCheck.ChooseAsync(_options, context, state.SystemIdentifier, cancellationToken).ConfigureAwait(false);
            Check(state, options.Archive);
            var directory = LocalDataDirectory.Find(state, _options.DataDirectory, out _);
            backup = await ServerBackup.StartAsync(connection, state, "drtools", _options.FastCheckpoint, _options.IncludeWal, cancellationToken).ConfigureAwait(false);
            return new PhysicalSession(backup, state, directory, options, context) { CountRows = (budget, token) => RowCounts.TakeAsync(_address, _options.Password, budget, token) };
        }
        catch
        {
            if (backup is not null)
            {
                await backup.DisposeAsync().ConfigureAwait(false);
            }

            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether this host can back the cluster up from its files.</summary>
    /// <param name="address">The server.</param>
    /// <param name="options">How it would be backed up.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Why not; <see langword="null"/> when it can.</returns>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>.</exception>
    public static async Task<string?> WhyNotAsync(ServerAddress address, PhysicalSourceOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        var connection = await ServerConnection.OpenAsync(address, options.Password, "postgres", cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                LocalDataDirectory.Find(await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false), options.DataDirectory, out _);
                return null;
            }
            catch (DrException e) when (e.Error is DrError.SourceMissing or DrError.PrivilegeMissing)
            {
                return e.Message;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<SourceDiagnosis> DiagnoseAsync(DiagnosisContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new ServerDiagnosis(_address, Name, _options.Password, _options).RunAsync(context, cancellationToken);
    }

    /// <summary>Nothing beyond what the restore compares: a cluster is proven by recovering it (scratch instance).</summary>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetTimestamp();
        SourceCheck check;
        try
        {
            var control = ControlFile.Read(restored);
            ArgumentNullException.ThrowIfNull(facts);
            var same = facts.Details.GetValueOrDefault("systemIdentifier") == control.SystemIdentifier.ToString(System.Globalization.CultureInfo.InvariantCulture);
            check = new SourceCheck("control file", same, same ? $"The control file of cluster {control.SystemIdentifier} is intact." : $"It is that of cluster {control.SystemIdentifier}.", _options.Time.GetElapsedTime(started));
        }
        catch (DrException e)
        {
            check = new SourceCheck("control file", false, e.Message, _options.Time.GetElapsedTime(started));
        }

        return ValueTask.FromResult<IReadOnlyList<SourceCheck>>([check]);
    }

    /// <summary>Runs the copy in a scratch instance and checks everything there is to check.</summary>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckScratchAsync(ScratchCopy copy, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(copy);
        return new RestoredCluster(copy, _options.ProgramFolder).CheckAsync(cancellationToken);
    }

    private void Check(ServerState state, IWalArchiveCheck? archive)
    {
        if (!state.MayBackUp)
        {
            throw new DrException(
                DrError.PrivilegeMissing,
                $"The user {state.User} may not start and stop backups on {_address}.",
                $"GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), pg_backup_stop(boolean) TO \"{state.User}\", and GRANT pg_read_all_settings; or connect as a superuser.");
        }

        if (state.WalLevel == "minimal")
        {
            throw new DrException(
                DrError.ServerSetting,
                $"wal_level is minimal on {_address}, which allows no backup while the server runs.",
                "Set wal_level = replica and restart the server.");
        }

        if (_options.IncludeWal)
        {
            if (!state.MayReplicate)
            {
                throw new DrException(
                    DrError.PrivilegeMissing,
                    $"To store WAL with the backup, the server has to keep it by a replication slot, which {state.User} may not create.",
                    $"ALTER ROLE \"{state.User}\" REPLICATION, or archive WAL instead.");
            }

            return;
        }

        ArchivingCheck.Require(_address, state, archive);
    }
}
