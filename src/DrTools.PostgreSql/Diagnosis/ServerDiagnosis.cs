using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.Sources;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>Looks at a server before a backup: connection, privileges, settings, archiving, space, transactions, locks,
/// replication slots and the error log. Nothing is changed.</summary>
internal sealed class ServerDiagnosis(ServerAddress address, string source, string? password, PhysicalSourceOptions? physical, DiagnosisLimits? limits = null)
{
    /// <summary>Looks at it.</summary>
    public async ValueTask<SourceDiagnosis> RunAsync(DiagnosisContext context, CancellationToken cancellationToken)
    {
        var started = context.Time.GetTimestamp();
        var (engine, findings) = await LookAsync(context, cancellationToken).ConfigureAwait(false);
        return new SourceDiagnosis
        {
            Source = source,
            Engine = engine,
            Checked = context.Time.GetUtcNow(),
            Duration = context.Time.GetElapsedTime(started),
            Findings = findings,
        };
    }

    private async Task<(string? Engine, IReadOnlyList<SourceFinding> Findings)> LookAsync(DiagnosisContext context, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await ServerConnection.OpenAsync(address, password, null, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var server = await ServerState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
                var run = new DiagnosisRun(connection, server, physical, context, limits ?? DiagnosisLimits.Default);
                run.Passed("connection", $"Connected to {server} as {server.User}{(server.IsStandby ? "; it is a standby" : string.Empty)}.");
                await new SettingsChecks(run).RunAsync(cancellationToken).ConfigureAwait(false);
                await new ArchivingChecks(run).RunAsync(cancellationToken).ConfigureAwait(false);
                await new SpaceChecks(run).RunAsync(cancellationToken).ConfigureAwait(false);
                await new ActivityChecks(run).RunAsync(cancellationToken).ConfigureAwait(false);
                await new HealthChecks(run).RunAsync(cancellationToken).ConfigureAwait(false);
                return (server.ToString(), run.Findings);
            }
        }
        catch (DrException e)
        {
            return (null, [new SourceFinding("connection", FindingSeverity.Error, e.Message, e.Remedy)]);
        }
    }
}
