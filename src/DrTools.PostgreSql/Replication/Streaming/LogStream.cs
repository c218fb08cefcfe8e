using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>
/// Receives a server's log into repositories, and records the run in their journals. What the faces run; the work is that
/// of <see cref="WalReceiver"/>.
/// </summary>
public sealed class LogStream
{
    internal const string Operation = "receive";

    private readonly IReadOnlyList<Repository> _repositories;
    private readonly WalReceiverOptions _options;
    private readonly WalReceiver _receiver;

    /// <summary>Prepares a run; nothing is connected yet.</summary>
    /// <param name="repositories">Where the log goes; at least one.</param>
    /// <param name="options">How.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryOlderFormat"/>.</exception>
    public LogStream(IReadOnlyList<Repository> repositories, WalReceiverOptions options)
    {
        ArgumentNullException.ThrowIfNull(repositories);
        ArgumentNullException.ThrowIfNull(options);
        foreach (var repository in repositories)
        {
            repository.RequireFormat(2, "The log of PostgreSQL");
        }

        (_repositories, _options) = (repositories, options);
        _receiver = new WalReceiver(options, new RepositoryWalSink([.. repositories.Select(r => new LogArchive(r))]));
    }

    /// <summary>What it came to, once it has ended, be it with an error; <see langword="null"/> before, and when it failed
    /// before it received.</summary>
    public LogStreamResult? Result { get; private set; }

    /// <summary>Whether the server has sent anything, or was about to.</summary>
    public bool HasBegun => _receiver.Status.From != Lsn.Invalid;

    /// <summary>Whether to receive although the last backup of this source is of another cluster.</summary>
    public bool AnyCluster { get; init; }

    /// <summary>A folder for the receiver of a server into certain repositories, below the user's own state.</summary>
    /// <param name="address">The server.</param>
    /// <param name="repositories">The repositories: what waits for one must not go to another.</param>
    public static string DefaultSpoolFolder(ServerAddress address, IReadOnlyList<Repository> repositories)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(repositories);
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set) ? set
            : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".local", "state")
            : "/var/spool";
        var server = (address with { Database = null }).SourceName;
        var identity = string.Join('\n', repositories.Select(r => r.Id.ToString()).Order(StringComparer.Ordinal).Prepend(server));
        var name = string.Concat(server["postgresql:".Length..].Trim('/').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return Path.Combine(state, "drtools", "receive", $"{name[..Math.Min(name.Length, 60)]}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..8]}");
    }

    /// <summary>Receives until it is cancelled, which is how it is stopped, has what was wanted, or cannot go on.</summary>
    /// <param name="progress">Takes reports, on any thread and one at a time.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As of <see cref="WalReceiver.RunAsync"/>, and <see cref="DrError.ServerFailure"/> when the
    /// last backup of the source is of another cluster; <see cref="Result"/> says what was safe then.</exception>
    public async Task<LogStreamResult> RunAsync(IProgress<WalReceiverStatus>? progress, CancellationToken cancellationToken)
    {
        var started = _options.Time.GetUtcNow();
        DrException? failure = null;
        try
        {
            if (!AnyCluster)
            {
                await RequireClusterOfBackupsAsync(cancellationToken).ConfigureAwait(false);
            }

            await _receiver.RunAsync(progress, cancellationToken).ConfigureAwait(false);
            Result = Describe(started);
            return Result;
        }
        catch (DrException e)
        {
            failure = e;
            Result = HasBegun ? Describe(started) : null;
            throw;
        }
        finally
        {
            if (Result is not null && HasBegun)
            {
                await RecordAsync(Result, failure).ConfigureAwait(false);
            }
        }
    }

    /// <summary>From the backups of another cluster this log would lead nowhere, which nobody would notice before a restore.</summary>
    private async Task RequireClusterOfBackupsAsync(CancellationToken cancellationToken)
    {
        string cluster;
        using (var connection = await ReplicationConnection.OpenAsync(_options.Address, _options.Password, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                cluster = connection.IdentifySystem().SystemIdentifier;
            }
            catch (Exception e) when (ReplicationErrors.IsFailure(e))
            {
                throw ReplicationErrors.Broken(_options.Address, "Asking the server which cluster it is", e);
            }
        }

        var source = (_options.Address with { Database = null }).SourceName;
        foreach (var repository in _repositories)
        {
            var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter { Source = source }, cancellationToken, _ => { }).ConfigureAwait(false);
            if (backups.Where(b => b.Facts.Details.GetValueOrDefault("method") == "physical").MaxBy(b => b.Finished) is { } last
                && last.Facts.Details.GetValueOrDefault("systemIdentifier") is { } known && known != cluster)
            {
                throw new DrException(
                    DrError.ServerFailure,
                    $"The server at {source} is another cluster than the last backup of it, {last.Id} in {repository.Location}, is of: its system identifier is {cluster}, and that of the backup {known}. Its log leads nowhere from there.",
                    "Check the address. If it is right (a new cluster took the place of the old one), take a backup of it, or use --force (-Force).")
                { Subject = source };
            }
        }
    }

    private LogStreamResult Describe(DateTimeOffset started)
    {
        var status = _receiver.Status;
        return new LogStreamResult
        {
            Source = (_options.Address with { Database = null }).SourceName,
            Repositories = [.. _repositories.Select(r => r.Location)],
            Slot = _options.Slot,
            SystemIdentifier = status.SystemIdentifier,
            Timeline = status.Timeline,
            From = status.From,
            To = status.Archived,
            Segments = status.ArchivedSegments,
            Bytes = status.ReceivedBytes,
            UnfinishedSegment = status.UnfinishedSegment,
            Ended = _receiver.End,
            LagBytes = status.ServerEnd > status.Archived ? (long)(status.ServerEnd.Value - status.Archived.Value) : 0,
            LastHeard = status.LastHeard,
            Reconnects = status.Reconnects,
            Gaps = status.Gaps,
            Waiting = status.Waiting,
            Problem = status.Problem,
            SpoolFolder = Path.GetFullPath(_options.SpoolFolder),
            Started = started,
            Duration = _options.Time.GetUtcNow() - started,
        };
    }

    /// <summary>What was received stands, whether or not a journal can take the record.</summary>
    private async Task RecordAsync(LogStreamResult result, DrException? failure)
    {
        var run = new RunRecord
        {
            Operation = Operation,
            Outcome = failure is null ? result.Waiting == 0 ? RunOutcome.Succeeded : RunOutcome.Partial : RunOutcome.Failed,
            Started = result.Started,
            Finished = result.Started + result.Duration,
            Source = result.Source,
            Entries = result.Segments,
            Bytes = result.Bytes,
            IssueCount = result.Gaps + result.Waiting,
            ErrorId = failure?.Error.ToString(),
            Error = failure?.Message,
            Detail = string.Create(CultureInfo.InvariantCulture, $"timeline {result.Timeline}, {result.From} to {result.To}"),
        };
        foreach (var repository in _repositories)
        {
            _ = await repository.Journal.TryAppendAsync(run).ConfigureAwait(false);
        }
    }
}
