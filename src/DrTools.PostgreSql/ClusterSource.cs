using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Replication.BaseBackups;
using DrTools.Sources;

namespace DrTools.PostgreSql;

/// <summary>The files of a cluster: read from the data directory where it is on this host and can be read, otherwise through
/// the server's base-backup stream. Both store the same, and may build on each other.</summary>
public sealed class ClusterSource : IDiagnosableSource
{
    private readonly ServerAddress _address;
    private readonly PhysicalTransport _transport;
    private readonly PhysicalSourceOptions _options;

    /// <summary>Creates a source; nothing is connected yet.</summary>
    /// <param name="address">The server.</param>
    /// <param name="transport">Which way the files come.</param>
    /// <param name="options">How it is backed up.</param>
    public ClusterSource(ServerAddress address, PhysicalTransport transport = PhysicalTransport.Default, PhysicalSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        (_address, _transport, _options) = (address, transport, options ?? new PhysicalSourceOptions());
    }

    /// <inheritdoc/>
    public string Name => (_address with { Database = null }).SourceName;

    /// <inheritdoc/>
    /// <exception cref="DrException">As of <see cref="PhysicalSource"/> and <see cref="StreamSource"/>.</exception>
    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ISource source = new StreamSource(_address, _options);
        if (_transport == PhysicalTransport.Local)
        {
            source = new PhysicalSource(_address, _options);
        }
        else if (_transport == PhysicalTransport.Default && (_address.IsLocal || _options.DataDirectory is not null))
        {
            if (await PhysicalSource.WhyNotAsync(_address, _options, cancellationToken).ConfigureAwait(false) is not { } why)
            {
                source = new PhysicalSource(_address, _options);
            }
            else if (_options.DataDirectory is null)
            {
                context.Note($"The files come through the server's stream. {why}");
            }
            else
            {
                // Whoever names a folder means that one.
                source = new PhysicalSource(_address, _options);
            }
        }

        return await source.OpenAsync(context, cancellationToken).ConfigureAwait(false);
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
}
