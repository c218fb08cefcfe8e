using System.Globalization;
using DrTools.PostgreSql.Moments;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using Npgsql;

namespace DrTools.PostgreSql.Probing;

/// <summary>
/// A scratch instance that goes from commit to commit, always forward, and is restored anew to go back. It is paused at each
/// and asked.
/// </summary>
internal sealed class ProbeInstance(ScratchRestore restore, RestorePointOptions options, TimeProvider time, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly List<ProbeResult> _probes = [];
    private ScratchInstance? _scratch;
    private ulong _position;

    public IReadOnlyList<ProbeResult> Probes => _probes;

    public int Restores { get; private set; }

    /// <summary>What it takes to begin anew; measured.</summary>
    public TimeSpan RestoreCost { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>What a step forward takes; measured.</summary>
    public TimeSpan StepCost { get; private set; } = TimeSpan.FromSeconds(1);

    /// <summary>Asks at a commit.</summary>
    /// <param name="point">The last commit to be seen; <see langword="null"/> for where the backup is consistent.</param>
    public async Task<ProbeResult> AskAsync(CommitPoint? point)
    {
        var started = time.GetTimestamp();
        var target = point is null ? RecoveryTarget.Immediate : RecoveryTarget.At(point.Position);
        var fresh = await GoAsync(point, target, started).ConfigureAwait(false);
        bool held;
        string detail;
        try
        {
            (held, detail) = await AskAsync(_scratch!).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            (held, detail) = await AskEndedAsync(target).ConfigureAwait(false);
        }

        var result = new ProbeResult(point, held, detail, time.GetElapsedTime(started));
        if (!fresh)
        {
            StepCost = result.Duration;
        }

        _probes.Add(result);
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        if (_scratch is { } scratch)
        {
            _scratch = null;
            await scratch.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <returns>Whether it began anew.</returns>
    private async Task<bool> GoAsync(CommitPoint? point, RecoveryTarget target, long started)
    {
        var wanted = point?.Position.Value ?? 0;
        if (_scratch is not null && _position == wanted && Restores > 0)
        {
            return false;
        }

        var anew = _scratch is null || _position > wanted;
        if (anew)
        {
            await DisposeAsync().ConfigureAwait(false);
            _scratch = await restore.RestoreAsync(null, cancellationToken).ConfigureAwait(false);
            Restores++;
        }

        await _scratch!.RecoverAsync(target, RecoveryTargetAction.Pause, restore.Supply, null, cancellationToken).ConfigureAwait(false);
        _position = wanted;
        if (anew)
        {
            RestoreCost = time.GetElapsedTime(started);
        }

        return anew;
    }

    /// <summary>Asks a copy in which transactions that had not ended at that moment have been undone.</summary>
    private async Task<(bool Held, string Detail)> AskEndedAsync(RecoveryTarget target)
    {
        var copy = await restore.RestoreAsync(null, cancellationToken).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            Restores++;
            await copy.RecoverAsync(target, RecoveryTargetAction.Promote, restore.Supply, null, cancellationToken).ConfigureAwait(false);
            return await AskAsync(copy).ConfigureAwait(false);
        }
    }

    private async Task<(bool Held, string Detail)> AskAsync(ScratchInstance scratch)
    {
        try
        {
            var connection = await scratch.OpenAsync(options.Database, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                using var wait = new NpgsqlCommand(string.Create(CultureInfo.InvariantCulture, $"set lock_timeout = {options.LockWait.TotalMilliseconds:0}"), connection);
                await wait.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                using var command = new NpgsqlCommand(options.Probe, connection);
                return Judge(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false));
            }
        }
        catch (PostgresException e) when (IsMissing(e.SqlState))
        {
            return (false, e.MessageText);
        }
        catch (DrException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } missing)
        {
            return (false, missing.MessageText);
        }
        catch (PostgresException e) when (e.SqlState != PostgresErrorCodes.LockNotAvailable)
        {
            throw new DrException(DrError.BadUsage, $"The probe failed: {e.MessageText}", "Correct the query, and try it on the live server first.", e);
        }
    }

    /// <summary>What a probe asks for can be gone: a relation, column, function, type or schema.</summary>
    private static bool IsMissing(string state) => state is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn
        or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.InvalidSchemaName;

    private static (bool Held, string Detail) Judge(object? value) => value switch
    {
        null => (false, "no row"),
        DBNull => (false, "null"),
        bool truth => (truth, truth ? "true" : "false"),
        short or int or long or decimal or float or double => (Convert.ToDouble(value, CultureInfo.InvariantCulture) != 0, Convert.ToString(value, CultureInfo.InvariantCulture)!),
        _ => throw new DrException(DrError.BadUsage, $"The probe gave '{value}', which is neither true or false nor a number.", "Have the query give a Boolean: select count(*) > 0 from …"),
    };
}
