using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Physical;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>What checks share: the connection, what is known already, and where findings go.</summary>
internal sealed class DiagnosisRun(NpgsqlConnection connection, ServerState server, PhysicalSourceOptions? physical, DiagnosisContext context, DiagnosisLimits limits)
{
    private readonly List<SourceFinding> _findings = [];

    public ServerState Server => server;

    /// <summary>How a physical backup would be taken; <see langword="null"/> when a logical one is meant.</summary>
    public PhysicalSourceOptions? Physical => physical;

    public DiagnosisContext Context => context;

    public DiagnosisLimits Limits => limits;

    /// <summary>The data directory, if it is here and may be read.</summary>
    public string? DataDirectory { get; set; }

    public IReadOnlyList<SourceFinding> Findings => _findings;

    public void Passed(string check, string message) => _findings.Add(new SourceFinding(check, FindingSeverity.Passed, message));

    public void Inform(string check, string message, string? remedy = null) => _findings.Add(new SourceFinding(check, FindingSeverity.Information, message, remedy));

    public void Warn(string check, string message, string remedy) => _findings.Add(new SourceFinding(check, FindingSeverity.Warning, message, remedy));

    public void Fail(string check, string message, string remedy) => _findings.Add(new SourceFinding(check, FindingSeverity.Error, message, remedy));

    /// <summary>Runs one check. What it may not look at, or fails at, becomes a finding of its own.</summary>
    public async Task TryAsync(string check, Func<Task> run)
    {
        try
        {
            await run().ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            Warn(check, $"It could not be looked at: {e.MessageText}.", $"GRANT pg_monitor TO \"{server.User}\".");
        }
        catch (PostgresException e)
        {
            Warn(check, $"It could not be looked at: {e.MessageText}.", "See the server's log.");
        }
        catch (DrException e)
        {
            Fail(check, e.Message, e.Remedy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Warn(check, $"It could not be looked at: {e.Message}", "Run as the owner of the data directory, or as root.");
        }
    }

    /// <summary>Runs a query and takes its rows.</summary>
    public async Task QueryAsync(string query, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection) { CommandTimeout = 60 };
        await using (command.ConfigureAwait(false))
        {
            var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    take(rows);
                }
            }
        }
    }

    /// <summary>Runs a query of one value.</summary>
    public async Task<T> ScalarAsync<T>(string query, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(query, connection) { CommandTimeout = 60 };
        await using (command.ConfigureAwait(false))
        {
            return (T)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }
    }
}
