using System.Diagnostics;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Recovery;
using Npgsql;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// A private server over a restored data directory: in a folder that only its user can enter, on a socket there and
/// no network, with a configuration of its own that archives nowhere and follows nobody. It ends with this process,
/// however that ends, and everything is removed.
/// </summary>
/// <remarks>Use: <see cref="Create"/>, restore into <see cref="DataDirectory"/>, <see cref="RecoverAsync"/>,
/// <see cref="OpenAsync"/>, dispose. Linux only: it rests on a shell, pipes and sockets.</remarks>
public sealed class ScratchInstance : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private readonly ScratchOptions _options;
    private readonly ScratchFolder _folder;
    private readonly Account? _account;
    private readonly ServerLog _log;
    private ScratchServer? _server;
    private WalFeed? _feed;
    private bool _isPrepared;
    private string _user = "postgres";

    private ScratchInstance(ScratchOptions options, ScratchFolder folder, ServerPrograms programs, Account? account)
    {
        (_options, _folder, Programs, _account) = (options, folder, programs, account);
        _log = new ServerLog(LogPath);
    }

    /// <summary>The programs that it runs with.</summary>
    public ServerPrograms Programs { get; }

    /// <summary>Its private folder.</summary>
    public string Folder => _folder.Path;

    /// <summary>Where the data directory belongs: to be filled before <see cref="RecoverAsync"/>. Does not exist at first.</summary>
    public string DataDirectory => Path.Combine(Folder, "data");

    /// <summary>The user that the server runs as.</summary>
    public string RunsAs => _account?.Name ?? Environment.UserName;

    /// <summary>How to reach it, while it runs.</summary>
    public ServerAddress Address => new() { Host = _folder.Sockets, Port = ScratchConfiguration.Port, User = _user };

    /// <summary>Whether a server runs.</summary>
    public bool IsRunning => _server is { Exit.IsCompleted: false };

    private string LogPath => Path.Combine(Folder, "server.log");

    /// <summary>Makes the folder, after removing what killed processes left behind.</summary>
    /// <param name="majorVersion">Version of the data directory that will come.</param>
    /// <param name="options">How.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> where no server of the version is installed,
    /// <see cref="DrError.BadUsage"/> where there is nobody to run it as, or <see cref="DrError.TargetFailure"/>.</exception>
    public static ScratchInstance Create(int majorVersion, ScratchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux())
        {
            throw new DrException(DrError.BadUsage, "A scratch instance of PostgreSQL runs on Linux only.", "Run this on a Linux host that has the server's programs.");
        }

        var programs = ServerPrograms.Find(majorVersion, options.Programs);
        var account = Account.ForServer(options.User);
        var parent = Path.GetFullPath(options.Parent ?? Path.GetTempPath());
        if (Directory.Exists(parent) && account?.FirstClosed(parent) is { } closed)
        {
            throw new DrException(
                DrError.TargetFailure,
                $"The scratch server would run as {account.Name}, who may not enter {closed}, and its folder lies below.",
                "Name a work folder that others may pass through (the scratch folder itself is private), or run as another user.")
            { Subject = closed };
        }

        return new ScratchInstance(options, ScratchFolder.Create(parent), programs, account);
    }

    /// <summary>Makes an empty cluster in <see cref="DataDirectory"/> (<c>initdb</c>: user postgres, UTF8, locale C) and
    /// starts it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> without <c>initdb</c>, or
    /// <see cref="DrError.RecoveryFailed"/> with what it said.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (_account is not null)
        {
            _folder.GiveTo(_account, cancellationToken);
        }

        await new FreshCluster(Programs, _account, Folder).InitializeAsync(DataDirectory, cancellationToken).ConfigureAwait(false);
        await StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Recovers to a target, and waits until the server can be asked there (or, for
    /// <see cref="RecoveryTargetAction.Shutdown"/>, has stopped). A later target can be gone on to after
    /// <see cref="RecoveryTargetAction.Pause"/> and <see cref="RecoveryTargetAction.Shutdown"/>.</summary>
    /// <param name="target">The moment.</param>
    /// <param name="action">What the server does there. While it recovers towards <see cref="RecoveryTargetAction.Promote"/>
    /// it answers no queries.</param>
    /// <param name="supply">Where WAL comes from; <see langword="null"/> where all that is needed is in <c>pg_wal</c>.</param>
    /// <param name="progress">Takes how far it is.</param>
    /// <param name="cancellationToken">Stops it, and the server.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetUnreachable"/> where the log ends before the target,
    /// <see cref="DrError.RecoveryFailed"/> with the last lines of the server's log, or what the supply said.</exception>
    public async Task<ScratchRecovery> RecoverAsync(
        RecoveryTarget target, RecoveryTargetAction action, IWalSupply? supply, IProgress<ScratchProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        await StopAsync().ConfigureAwait(false);
        var control = Prepare(cancellationToken);
        if (_feed is not null)
        {
            await _feed.DisposeAsync().ConfigureAwait(false);
            _feed = null;
        }

        if (supply is not null)
        {
            _feed = WalFeed.Start(Folder, supply, (int)control.WalSegmentSize, _account);
        }

        var recovery = new RecoverySettings { Target = target, Action = action, RestoreCommand = _feed?.Command };
        await File.WriteAllBytesAsync(Path.Combine(DataDirectory, RecoverySettings.SignalFile), [], cancellationToken).ConfigureAwait(false);
        _account?.TakeOverEntry(Path.Combine(DataDirectory, RecoverySettings.SignalFile));
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Start(control, recovery, isReadable: action == RecoveryTargetAction.Pause);
            var wait = new RecoveryWait(this, _server!, _log, _feed, _options, action, clock);
            switch (await wait.RunAsync(progress, cancellationToken).ConfigureAwait(false))
            {
                case RecoveryWait.Outcome.NeedsMore:
                    // The original was given more connections (or the like) meanwhile; the control file says how many.
                    await StopAsync().ConfigureAwait(false);
                    control = ControlFile.Read(DataDirectory);
                    continue;
                default:
                    return wait.Describe();
            }
        }
    }

    /// <summary>Starts the server as the data directory is, with no target: after <see cref="StopAsync"/>.</summary>
    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/> with the last lines of the server's log.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var control = Prepare(cancellationToken);
        Start(control, recovery: null, isReadable: true);
        await new RecoveryWait(this, _server!, _log, null, _options, RecoveryTargetAction.Promote, Stopwatch.StartNew()).RunAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops the server, everything written out; it can be started again.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.StopAsync(StopPatience).ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the server as a lost host would: nothing is written out.</summary>
    public async Task KillAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.KillAsync().ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Connects as a superuser.</summary>
    /// <param name="database">The database; <c>postgres</c> if not given.</param>
    /// <param name="readOnly">Whether transactions may only read, unless they say otherwise.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.ServerUnreachable"/>.</exception>
    public async Task<NpgsqlConnection> OpenAsync(string? database = null, bool readOnly = true, CancellationToken cancellationToken = default)
    {
        var settings = ServerConnection.Settings(Address, null, database ?? "postgres");
        settings.Options = readOnly ? "-c default_transaction_read_only=on" : string.Empty;
        settings.KeepAlive = 0;
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException or IOException)
            {
                throw ServerConnection.Unreachable(Address, e);
            }

            throw;
        }
    }

    /// <summary>The last lines of the server's log.</summary>
    public IReadOnlyList<string> LastLogLines(int count) => ServerLog.LastLines(_log.ReadEnd(), count);

    /// <summary>Ends the server at once, and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync().ConfigureAwait(false);
        }

        if (_feed is { } feed)
        {
            _feed = null;
            await feed.DisposeAsync().ConfigureAwait(false);
        }

        _folder.Dispose();
    }

    private ControlFile Prepare(CancellationToken cancellationToken)
    {
        var control = ControlFile.Read(DataDirectory);
        if (!_isPrepared)
        {
            try
            {
                new ScratchPreparation(Folder, DataDirectory, Programs).Run();
                _user = BootstrapSuperuser.Find(DataDirectory);
                if (_account is not null)
                {
                    _folder.GiveTo(_account, cancellationToken);
                }

                _isPrepared = true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DrException(DrError.TargetFailure, $"The restored copy in {DataDirectory} cannot be prepared: {e.Message}", "Check the work folder, its permissions and its free space.", e) { Subject = DataDirectory };
            }
        }

        return control;
    }

    private void Start(ControlFile control, RecoverySettings? recovery, bool isReadable)
    {
        var configuration = Path.Combine(Folder, "postgresql.conf");
        File.WriteAllLines(configuration, ScratchConfiguration.Lines(Folder, _folder.Sockets, control, Programs.MajorVersion, _options, recovery, isReadable));
        _account?.TakeOverEntry(configuration);
        _server = ScratchServer.Start(Programs.Server, ["-D", DataDirectory, "-c", $"config_file={configuration}"], _folder, LogPath, _account);
    }
}
