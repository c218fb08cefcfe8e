using DrTools.Backup;
using DrTools.Demo;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Verification;
using Npgsql;

namespace DrTools.PostgreSql.Demo;

/// <summary>One run of the demo on a PostgreSQL server, in its work folder.</summary>
internal sealed class ClusterDemoRun : IAsyncDisposable
{
    private const UnixFileMode Passable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>How long the shop waits for something that takes moments.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DemoFolder _folder;
    private readonly ClusterDemoOptions _options;
    private readonly DemoServer _server;
    private readonly Account? _account;
    private readonly TimeProvider _time;
    private readonly RepositoryFactory _repositories;
    private readonly CancellationToken _stop;
    private readonly StepRecorder _steps;
    private readonly ScratchOptions _scratch;
    private readonly ClusterSource _source;
    private readonly DroppedTable _mistake;
    private readonly LostCluster _loss;
    private readonly RecoveredShop _recovered;
    private readonly List<BackupInfo> _backups = [];

    private string _program = string.Empty;
    private Repository? _repository;
    private ShopTill? _till;
    private ShopRecord? _record;
    private IReadOnlyList<Sale> _roll = [];
    private int _soldBefore;
    private int _refusedBefore;
    private DateTimeOffset _disaster;

    public ClusterDemoRun(
        DemoFolder folder, ClusterDemoOptions options, DemoServer server, Account? account, TimeProvider time, RepositoryFactory repositories, IProgress<DemoProgress>? progress, CancellationToken cancellationToken)
    {
        (_folder, _options, _server, _account, _time, _repositories, _stop) = (folder, options, server, account, time, repositories, cancellationToken);
        _steps = new StepRecorder(time, progress, cancellationToken);
        _scratch = new ScratchOptions { Parent = folder.Scratch, Programs = server.Programs.Folder };
        _source = new ClusterSource(server.Address, PhysicalTransport.Local, new PhysicalSourceOptions { ProgramFolder = server.Programs.Folder });
        _mistake = new DroppedTable(server, _steps, time, _scratch, cancellationToken);
        _loss = new LostCluster(folder, server, account, repositories, _source.Name, _steps, cancellationToken);
        _recovered = new RecoveredShop(server, _steps, cancellationToken);
    }

    private BackupInfo LastBackup => _backups[^1];

    public async Task<DemoResult> ExecuteAsync()
    {
        var started = _time.GetUtcNow();
        await _steps.RunAsync(DemoStep.Prepare, PrepareAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.CreateRepository, CreateRepositoryAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.EnableArchive, EnableArchiveAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.FullBackup, () => BackUpAsync(BackupType.Full, "demo: the weekly full backup")).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Change, SellAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Mistake, DropAsync).ConfigureAwait(false);
        await _steps.TryAsync(DemoStep.FindPoint, FindAsync).ConfigureAwait(false);
        await _steps.TryAsync(DemoStep.RestoreTable, RestoreTableAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.IncrementalBackup, () => BackUpAsync(BackupType.Incremental, "demo: the hourly incremental backup")).ConfigureAwait(false);
        _options.Interference.BeforeVerify(_folder);
        await _steps.TryAsync(DemoStep.Verify, VerifyAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Production, ProduceAsync).ConfigureAwait(false);
        var environment = Describe(_repository!);
        await CloseRepositoryAsync().ConfigureAwait(false);

        var fromDisaster = 0L;
        await _steps.RunAsync(DemoStep.Disaster, async () =>
        {
            _till!.ExpectDisaster();
            _disaster = _time.GetUtcNow();
            fromDisaster = _time.GetTimestamp();
            var detail = await _loss.StrikeAsync().ConfigureAwait(false);
            _roll = await _till.CloseAsync().ConfigureAwait(false);
            return detail;
        }).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Assess, () => _loss.AssessAsync(_roll.Count)).ConfigureAwait(false);
        _options.Interference.BeforeRecovery(_folder);
        await _loss.RecoverAsync(_backups, _program, _roll.Count, _recovered.CheckAsync).ConfigureAwait(false);
        await _options.Interference.BeforeCompare(_server).ConfigureAwait(false);
        await _steps.TryAsync(DemoStep.Compare, () => _recovered.CompareAsync(_record!, _roll)).ConfigureAwait(false);
        var rto = _time.GetElapsedTime(fromDisaster);
        return Conclude(started, environment, _steps.Checks.All(c => c.Passed || !c.Step.IsRecovery()) ? rto : null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_till is not null)
        {
            _till.ExpectDisaster();
            await _till.DisposeAsync().ConfigureAwait(false);
        }

        await _server.DisposeAsync().ConfigureAwait(false);
        await _loss.DisposeAsync().ConfigureAwait(false);
        await CloseRepositoryAsync().ConfigureAwait(false);
    }

    private async ValueTask CloseRepositoryAsync()
    {
        if (_repository is { } repository)
        {
            _repository = null;
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<string> PrepareAsync()
    {
        if (_account is not null && !OperatingSystem.IsWindows())
        {
            // What lies in it is private all the same.
            File.SetUnixFileMode(_folder.Path, Passable);
            if (_account.FirstClosed(_folder.Path) is { } closed)
            {
                throw new DrException(
                    DrError.TargetFailure,
                    $"The server would run as {_account.Name}, who may not enter {closed}, and the work folder lies below.",
                    "Name a work folder that others may pass through (--workdir), or run the demo as an ordinary user.")
                { Subject = closed };
            }
        }

        _program = await new ServerProgramCopy(_account, _options.Program, _folder.Programs).ProvideAsync(_stop).ConfigureAwait(false);
        await _server.InitializeAsync(_stop).ConfigureAwait(false);
        await _server.StartAsync(_stop).ConfigureAwait(false);
        await ShopSchema.CreateAsync(_server, _options.Customers, _options.Orders, _options.Seed, _stop).ConfigureAwait(false);
        var connection = await _server.ConnectAsync(ShopSchema.Database, _stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            _record = await ShopRecord.TakeAsync(connection, _stop).ConfigureAwait(false);
        }

        return $"PostgreSQL {_server.Programs.Version}{(_account is null ? string.Empty : $", run as {_account.Name}")}; {Figures.Count(_options.Customers)} customers, {Figures.Count(_options.Orders)} orders";
    }

    private async Task<string> CreateRepositoryAsync()
    {
        _folder.WritePassphrase();
        using var credential = RepositoryCredential.FromPassphraseFile(_folder.Passphrase);
        _repository = await _repositories.CreateAsync(_folder.Repository, credential, _stop).ConfigureAwait(false);
        await _repositories.AddGeneratedKeyAsync(_repository, _folder.KeyFile, "the server's archive", _stop).ConfigureAwait(false);
        _account?.TakeOver(_folder.Repository, _stop);
        _account?.TakeOverEntry(_folder.KeyFile);
        return $"{_repository.Id}, AES-256-GCM, key wrapped by {_repository.KeyProtection}";
    }

    private async Task<string> EnableArchiveAsync()
    {
        var options = RepositoryArchiving.Into(_repository!, _program, _folder.KeyFile) with { ArchiveTimeout = _options.ArchiveTimeout, Timeout = Patience };
        var result = await new LogArchiveSetup(_server.Address, options).RunAsync(_stop).ConfigureAwait(false);
        _steps.Check("The log is archived", result.Proof is not null, result.Proof is { } proof ? $"the segment {proof.Segment} arrived {Figures.Duration(proof.Duration)} after it was ended" : "not proven: the server wants a restart");
        _till = await ShopTill.OpenAsync(_server, _options.Customers, _options.Seed, _options.OrderInterval, _time, _stop).ConfigureAwait(false);
        await _till.WaitAsync(t => t.Count > 0, "the first order", Patience, _stop).ConfigureAwait(false);
        return $"drtools wal push for every segment, at least every {Figures.Duration(_options.ArchiveTimeout)}; the shop opens";
    }

    private async Task<string> BackUpAsync(BackupType type, string reason)
    {
        var options = new BackupOptions { Type = type, Reason = reason, WorkFolder = _folder.Scratch };
        var backup = (await new BackupEngine(_repository!).RunAsync(_source, options, null, _stop).ConfigureAwait(false)).Backup;
        _backups.Add(backup);
        _soldBefore = _till!.Count;
        _steps.Check(
            $"{type} backup complete",
            !backup.IsPartial && backup.Type == type,
            backup.IsPartial ? $"{backup.Id} is partial: {backup.Issues[0].Path}: {backup.Issues[0].Problem}" : $"{backup.Id}, taken while the shop was open, its log archived");
        return $"{Figures.Bytes(backup.SourceBytes)}: {Figures.Bytes(backup.ReadBytes)} read, {Figures.Bytes(backup.StoredBytes)} stored";
    }

    private async Task<string> SellAsync()
    {
        var before = _till!.Count;
        await Task.Delay(_options.Production, _time, _stop).ConfigureAwait(false);
        await _till.WaitAsync(t => t.Count > before, "orders", Patience, _stop).ConfigureAwait(false);
        return $"{Figures.Count(_till.Count)} orders taken so far";
    }

    private async Task<string> DropAsync()
    {
        var detail = await _mistake.DropAsync().ConfigureAwait(false);
        await _till!.WaitAsync(t => t.Refused > 0, "the mistake to be noticed", Patience, _stop).ConfigureAwait(false);
        return detail;
    }

    private async Task<string> FindAsync()
    {
        // What was committed up to here has to be in the archive.
        await new LogSwitch(_server.Address, new LogSwitchOptions { Archive = RepositoryArchiving.Into(_repository!, _program, _folder.KeyFile).Archive, Timeout = Patience }).RunAsync(_stop).ConfigureAwait(false);
        return await _mistake.FindAsync(_repository!, LastBackup).ConfigureAwait(false);
    }

    private async Task<string> RestoreTableAsync()
    {
        var detail = await _mistake.RestoreAsync(_repository!, LastBackup, _options.Interference.AfterTable).ConfigureAwait(false);
        var sold = _till!.Count;
        await _till.WaitAsync(t => t.Count > sold, "an order after the table was back", Patience, _stop).ConfigureAwait(false);
        _refusedBefore = _till.Refused;
        _mistake.Count(_refusedBefore);
        _steps.Check("The shop sells again", _till.Count > sold, $"{Figures.Count(_refusedBefore, "order was", "orders were")} refused meanwhile; the next one was taken");
        return detail;
    }

    private async Task<string> VerifyAsync()
    {
        foreach (var backup in _backups)
        {
            var options = new VerifyOptions
            {
                Level = backup.Type == BackupType.Full ? VerifyLevel.Content : VerifyLevel.Restore,
                WorkFolder = _folder.Scratch,
                Assertions = backup.Type == BackupType.Full ? [] : [$"[{ShopSchema.Database}] select count(*) >= {_options.Orders} from {ShopSchema.Payments}"],
                Provider = new PostgreSqlOptions { ProgramFolder = _server.Programs.Folder },
            };
            var result = await new VerificationEngine(_repository!, options).VerifyAsync(backup.Id, null, _stop).ConfigureAwait(false);
            _steps.Check(
                $"{backup.Type} backup verified, level {result.Level.ToString().ToLowerInvariant()}",
                result.Passed,
                result.Passed ? result.Checks.Count == 0 ? result.Proves : $"restored and recovered; {string.Join("; ", result.Checks.Select(c => c.IsOptional && !c.Passed ? $"{c.Name}: {c.Detail}" : c.Name))}"
                    : string.Join("; ", [.. result.Findings.Take(3).Select(f => $"{f.Object}: {f.Problem}"), .. result.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Detail}")]));
        }

        return $"every frame of the full backup read; the incremental restored, recovered and checked on a private server";
    }

    private async Task<string> ProduceAsync()
    {
        await Task.Delay(_options.Production + _options.ArchiveTimeout, _time, _stop).ConfigureAwait(false);
        await _till!.WaitAsync(t => t.Count > _soldBefore, "orders", Patience, _stop).ConfigureAwait(false);
        _steps.Check("No order is refused any more", _till.Refused == _refusedBefore, $"{Figures.Count(_till.Count - _soldBefore)} taken, {Figures.Count(_till.Refused - _refusedBefore)} refused");
        return $"{Figures.Count(_till.Count - _soldBefore)} orders taken since the backup; only the log has them";
    }

    private DemoResult Conclude(DateTimeOffset started, DemoEnvironment environment, TimeSpan? rto) =>
        new ClusterDemoConclusion(_options, _steps, _roll, _soldBefore, _recovered.Survived, _disaster) { Backups = _backups }
            .Conclude(started, _time.GetUtcNow(), environment, rto, _mistake.Outcome, _record!, _folder, _server);

    private DemoEnvironment Describe(Repository repository) => new()
    {
        ToolVersion = LastBackup.ToolVersion,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        OperatingSystem = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        Host = Environment.MachineName,
        Processors = Environment.ProcessorCount,
        DatabaseEngine = $"PostgreSQL {_server.Programs.Version}",
        RepositoryId = repository.Id,
        RepositoryFormat = repository.FormatVersion,
        KeyProtection = repository.KeyProtection,
        Seed = _options.Seed,
    };
}
