using System.Globalization;
using DrTools.Backup;
using DrTools.Demo.Production;
using DrTools.Reports;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources.Files;
using DrTools.Sources.Sqlite;
using DrTools.Verification;

namespace DrTools.Demo;

/// <summary>One run of the demo in its work folder.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private readonly DemoFolder _folder;
    private readonly DemoOptions _options;
    private readonly TimeProvider _time;
    private readonly RepositoryFactory _repositories;
    private readonly CancellationToken _stop;
    private readonly StepRecorder _steps;
    private readonly SqliteSource _database;
    private readonly FilesSource _files;
    private readonly List<BackupInfo> _backups = [];

    private Repository? _repository;
    private ShopDatabase? _shop;
    private OfficeTree? _tree;
    private DatabaseSnapshot? _databaseBefore;
    private TreeSnapshot? _treeBefore;
    private IReadOnlyList<Marker> _markers = [];
    private DateTimeOffset _disaster;
    private long _disasterTimestamp;
    private HashSet<int> _markersLeft = [];

    public DemoRun(DemoFolder folder, DemoOptions options, TimeProvider time, RepositoryFactory repositories, IProgress<DemoProgress>? progress, CancellationToken cancellationToken)
    {
        (_folder, _options, _time, _repositories, _stop) = (folder, options, time, repositories, cancellationToken);
        _steps = new StepRecorder(time, progress, cancellationToken);
        _database = new SqliteSource(folder.Database);
        _files = new FilesSource(folder.Tree);
    }

    private BackupInfo DatabaseBackup => _backups.Last(b => b.Source == _database.Name);

    private BackupInfo FilesBackup => _backups.Last(b => b.Source == _files.Name);

    public async Task<DemoResult> ExecuteAsync()
    {
        var started = _time.GetUtcNow();
        await _steps.RunAsync(DemoStep.Prepare, () => Task.Run(Prepare, _stop)).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.CreateRepository, CreateRepositoryAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.FullBackup, () => BackUpAsync(BackupType.Full, "demo: the weekly full backup")).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Change, () => Task.Run(Change, _stop)).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.IncrementalBackup, () => BackUpAsync(BackupType.Incremental, "demo: the hourly incremental backup")).ConfigureAwait(false);
        _options.Interference.BeforeVerify(_folder);
        await _steps.TryAsync(DemoStep.Verify, VerifyAsync).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Production, ProduceAsync).ConfigureAwait(false);
        var environment = Describe(_repository!);
        await DisposeAsync(_repository).ConfigureAwait(false);
        _repository = null;

        _disaster = _time.GetUtcNow();
        _disasterTimestamp = _time.GetTimestamp();
        await _steps.RunAsync(DemoStep.Disaster, () => Task.Run(Strike, _stop)).ConfigureAwait(false);
        await _steps.RunAsync(DemoStep.Assess, () => Task.Run(Assess, _stop)).ConfigureAwait(false);
        _options.Interference.BeforeRecovery(_folder);
        await _steps.TryAsync(DemoStep.OpenRepository, OpenRepositoryAsync).ConfigureAwait(false);
        if (_repository is not null)
        {
            await _steps.TryAsync(DemoStep.RestoreDatabase, RestoreDatabaseAsync).ConfigureAwait(false);
            await _steps.TryAsync(DemoStep.CheckDatabase, CheckDatabaseAsync).ConfigureAwait(false);
            await _steps.TryAsync(DemoStep.RestoreFiles, RestoreFilesAsync).ConfigureAwait(false);
        }

        _options.Interference.BeforeCompare(_folder);
        await _steps.TryAsync(DemoStep.Compare, () => Task.Run(Compare, _stop)).ConfigureAwait(false);
        var rto = _time.GetElapsedTime(_disasterTimestamp);
        return Conclude(started, environment, _steps.Checks.All(c => c.Passed || !c.Step.IsRecovery()) ? rto : null);
    }

    public ValueTask DisposeAsync()
    {
        _shop?.Dispose();
        return DisposeAsync(_repository);
    }

    private static ValueTask DisposeAsync(Repository? repository) => repository?.DisposeAsync() ?? ValueTask.CompletedTask;

    private string Prepare()
    {
        Directory.CreateDirectory(_folder.Tree);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.Database)!);
        _shop = ShopDatabase.Create(_folder.Database, _options.Size, _options.Seed, _stop);
        _tree = OfficeTree.Create(_folder.Tree, _options.Size, _options.Seed, _stop);
        return $"{Figures.Count(_options.Size.Customers)} customers, {Figures.Count(_options.Size.Orders)} orders, {Figures.Count(_options.Size.Folders)} folders of files";
    }

    private async Task<string> CreateRepositoryAsync()
    {
        _folder.WritePassphrase();
        using var credential = RepositoryCredential.FromPassphraseFile(_folder.Passphrase);
        _repository = await _repositories.CreateAsync(_folder.Repository, credential, _stop).ConfigureAwait(false);
        return $"{_repository.Id}, AES-256-GCM, key wrapped by {_repository.KeyProtection}";
    }

    private async Task<string> BackUpAsync(BackupType type, string reason)
    {
        var engine = new BackupEngine(_repository!);
        var options = new BackupOptions { Type = type, Reason = reason, WorkFolder = _folder.Scratch };
        var database = (await engine.RunAsync(_database, options, null, _stop).ConfigureAwait(false)).Backup;
        var files = (await engine.RunAsync(_files, options, null, _stop).ConfigureAwait(false)).Backup;
        BackupInfo[] taken = [database, files];
        _backups.AddRange(taken);
        _steps.Check(
            $"{type} backup complete",
            taken.All(b => !b.IsPartial && b.Type == type),
            string.Join("; ", taken.Select(b => $"{Figures.SourceKind(b.Source)} {b.Id}{(b.IsPartial ? $" is partial: {b.Issues[0].Path}: {b.Issues[0].Problem}" : string.Empty)}")));
        return $"{Figures.Bytes(taken.Sum(b => b.ReadBytes))} read, {Figures.Bytes(taken.Sum(b => b.StoredBytes))} stored";
    }

    private string Change()
    {
        var detail = $"{_shop!.Work(_stop)}; {_tree!.Work()}";

        // Nobody writes between this and the next backup: what is seen here is what must come back.
        _databaseBefore = DatabaseSnapshot.Take(_folder.Database, _stop);
        _treeBefore = TreeSnapshot.Take(_folder.Tree, _stop);
        return detail;
    }

    private async Task<string> VerifyAsync()
    {
        var content = new VerificationEngine(_repository!, new VerifyOptions { Level = VerifyLevel.Content, WorkFolder = _folder.Scratch });
        var restore = new VerificationEngine(_repository!, new VerifyOptions { Level = VerifyLevel.Restore, WorkFolder = _folder.Scratch });
        var bytes = 0L;
        foreach (var backup in _backups)
        {
            var engine = backup.Type == BackupType.Full ? content : restore;
            var result = await engine.VerifyAsync(backup.Id, null, _stop).ConfigureAwait(false);
            bytes += result.CheckedBytes;
            _steps.Check(
                $"{backup.Type} backup of {Figures.SourceKind(backup.Source)} verified, level {result.Level.ToString().ToLowerInvariant()}",
                result.Passed,
                result.Passed ? result.Proves : FirstProblem(result));
        }

        return $"{_backups.Count} backups, {Figures.Bytes(bytes)} of packs read";
    }

    private static string FirstProblem(VerifyResult result) => result.Findings is [var first, ..]
        ? $"{first.Object}: {first.Problem} ({Figures.Count(first.AffectedEntryCount, "entry", "entries")} affected{(first.AffectedEntries.Count > 0 ? $", {first.AffectedEntries[0]} among them" : string.Empty)})"
        : string.Join("; ", result.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Detail}"));

    private async Task<string> ProduceAsync()
    {
        _markers = await new MarkerWriter(_shop!, _folder.Tree, _tree!.Folders, _time)
            .RunAsync(_options.Production, _options.MarkerInterval, _stop).ConfigureAwait(false);
        return $"{Figures.Count(_markers.Count)} marker rows and {Figures.Count(_markers.Count(m => m.FilePath is not null))} marker files written";
    }

    private string Strike()
    {
        var detail = Catastrophe.Strike(_folder.Database, _folder.Tree, _tree!.Folders);
        _shop!.Kill();
        return detail;
    }

    private string Assess()
    {
        var damaged = _treeBefore!.CompareWith(TreeSnapshot.Take(_folder.Tree, _stop)).Content.Count;
        var gone = !File.Exists(_folder.Database);
        var found = $"the database {(gone ? "is gone" : "is still there")}, {Figures.Count(damaged)} of {Figures.Count(_treeBefore.Entries.Count)} entries of the tree are missing or damaged";
        _steps.Check(
            "The disaster was real",
            gone && damaged > _treeBefore.Entries.Count / 3,
            found);
        return found;
    }

    private async Task<string> OpenRepositoryAsync()
    {
        using var credential = RepositoryCredential.FromPassphraseFile(_folder.Passphrase);
        _repository = await _repositories.OpenAsync(_folder.Repository, credential, _stop).ConfigureAwait(false);
        var listed = await new BackupCatalog(_repository).ListAsync(new BackupFilter(), _stop).ConfigureAwait(false);
        _steps.Check(
            "Every backup is listed",
            _backups.All(b => listed.Any(l => l.Id == b.Id)),
            $"{listed.Count} of {_backups.Count} backups found after the repository was opened anew");
        return $"opened with the passphrase, {listed.Count} backups";
    }

    private async Task<string> RestoreDatabaseAsync()
    {
        var result = await new RestoreEngine(_repository!)
            .RestoreAsync(DatabaseBackup, _folder.Database, new RestoreOptions { Check = false }, null, _stop).ConfigureAwait(false);
        CheckRestored("Database restored", result);
        return $"{Figures.Bytes(result.Bytes)} from {result.Backup.Id}";
    }

    private async Task<string> CheckDatabaseAsync()
    {
        var checks = await _database.CheckRestoredAsync(Path.GetDirectoryName(_folder.Database)!, DatabaseBackup.Facts, _stop).ConfigureAwait(false);
        foreach (var check in checks)
        {
            _steps.Check($"SQLite: {check.Name.Replace('_', ' ')}", check.Passed, check.Detail);
        }

        return $"{checks.Count(c => c.Passed)} of {checks.Count} checks passed";
    }

    private async Task<string> RestoreFilesAsync()
    {
        var result = await new RestoreEngine(_repository!)
            .RestoreAsync(FilesBackup, _folder.Tree, new RestoreOptions { Force = true }, null, _stop).ConfigureAwait(false);
        CheckRestored("Files restored", result);
        return $"{Figures.Count(result.Files)} files, {Figures.Count(result.Directories)} folders, {Figures.Bytes(result.Bytes)} over what was left";
    }

    private void CheckRestored(string name, RestoreResult result) => _steps.Check(
        name,
        result.Passed && result.IssueCount == 0,
        result.Issues is [var first, ..]
            ? $"{Figures.Count(result.LossCount, "loss", "losses")}, {Figures.Count(result.IssueCount, "issue", "issues")}; {first.Path}: {first.Problem}"
            : $"{Figures.Count(result.Files + result.Directories + result.Others, "entry", "entries")} of {result.Backup.Id}, every hash as recorded");

    private string Compare()
    {
        // The two are independent: one that cannot be read does not hide what the other shows.
        CompareTree();
        CompareDatabase();
        return $"{Figures.Count(_databaseBefore!.Rows)} rows and {Figures.Count(_treeBefore!.Entries.Count)} entries compared";
    }

    private void CompareDatabase()
    {
        var after = DatabaseSnapshot.Take(_folder.Database, _stop);
        _markersLeft = after.Markers;
        foreach (var (table, expected) in _databaseBefore!.Tables)
        {
            var found = after.Tables.TryGetValue(table, out var actual);
            _steps.Check(
                $"Table {table}",
                found && actual == expected,
                !found ? "missing"
                    : actual.Rows != expected.Rows ? $"{Figures.Count(actual.Rows)} rows instead of {Figures.Count(expected.Rows)}"
                    : actual != expected ? $"{Figures.Count(actual.Rows)} rows as before, but their values differ"
                    : $"{Figures.Count(actual.Rows)} rows, every value as before");
        }

        var extra = after.Tables.Keys.Except(_databaseBefore.Tables.Keys).ToList();
        _steps.Check(
            "No other tables",
            extra.Count == 0,
            extra.Count == 0 ? $"{after.Tables.Count} tables" : $"not there before: {string.Join(", ", extra)}");
    }

    private void CompareTree()
    {
        var before = _treeBefore!;
        var differences = before.CompareWith(TreeSnapshot.Take(_folder.Tree, _stop));
        var written = _markers.Where(m => m.FilePath is not null).Select(m => m.FilePath!).ToHashSet(StringComparer.Ordinal);
        var strangers = differences.Added.Where(p => !written.Contains(p)).Select(p => $"{p}: was not there").ToList();
        CheckEntries("Content of every file and link", differences.Content, $"SHA-256 of {Figures.Count(before.Files)} files and {before.Links} links as before");
        CheckEntries("Metadata of every entry", differences.Metadata, $"mode, owner, times, hard links and holes of {Figures.Count(before.Entries.Count)} entries as before");
        CheckEntries("Nothing left over in the tree", strangers, "beside marker files that survived, only what was there before");
    }

    private void CheckEntries(string name, IReadOnlyList<string> problems, string passed) => _steps.Check(
        name,
        problems.Count == 0,
        problems.Count == 0 ? passed
            : string.Join("; ", problems.Take(3)) + (problems.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $"; and {problems.Count - 3:n0} more") : string.Empty));

    private DemoResult Conclude(DateTimeOffset started, DemoEnvironment environment, TimeSpan? rto)
    {
        DemoLoss[] losses =
        [
            Lost(DatabaseBackup, "marker rows", _markers, m => _markersLeft.Contains(m.Id), m => $"row {m.Id}"),
            Lost(FilesBackup, "marker files", [.. _markers.Where(m => m.FilePath is not null)], m => File.Exists(Path.Combine(_folder.Tree, m.FilePath!)), m => m.FilePath!),
        ];
        var rpo = losses.Max(l => l.Span);
        DemoObjectives objectives = _options.Objectives;
        _steps.Check(
            "Recovery time objective",
            rto <= objectives.Rto,
            rto is { } time ? $"recovered and checked in {Figures.Duration(time)}; objective {Figures.Duration(objectives.Rto)}" : "not recovered: see the checks that failed");
        _steps.Check(
            "Recovery point objective",
            rpo <= objectives.Rpo,
            $"changes of {Figures.Duration(rpo)} are lost; objective {Figures.Duration(objectives.Rpo)}");
        return new DemoResult
        {
            Started = started,
            Finished = _time.GetUtcNow(),
            WorkFolder = _folder.Path,
            Kept = _options.Keep,
            ReportPath = _folder.Report,
            Objectives = objectives,
            Environment = environment,
            Data = new DemoData(_databaseBefore!.Tables.Count, _databaseBefore.Rows, _databaseBefore.Bytes, _treeBefore!.Files, _treeBefore.Folders, _treeBefore.Links, _treeBefore.Bytes),
            Backups = _backups,
            Phases = _steps.Phases,
            LastGood = losses.Min(l => l.LastGood),
            Disaster = _disaster,
            Recovered = _disaster + rto,
            MeasuredRto = rto,
            MeasuredRpo = rpo,
            Losses = losses,
            Checks = _steps.Checks,
        };
    }

    private DemoLoss Lost(BackupInfo backup, string items, IReadOnlyList<Marker> written, Func<Marker, bool> survived, Func<Marker, string> name)
    {
        var lost = written.Where(m => !survived(m)).ToList();
        return new DemoLoss
        {
            Source = backup.Source,
            Items = items,
            BackupId = backup.Id,
            LastGood = backup.Started,
            Span = _disaster - backup.Started,
            Written = written.Count,
            Lost = lost.Count,
            FirstLost = lost.FirstOrDefault()?.Written,
            LastLost = lost.LastOrDefault()?.Written,
            Examples = [.. lost.Take(5).Select(name)],
        };
    }

    private DemoEnvironment Describe(Repository repository) => new()
    {
        ToolVersion = DatabaseBackup.ToolVersion,
        Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        OperatingSystem = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
        Host = Environment.MachineName,
        Processors = Environment.ProcessorCount,
        DatabaseEngine = DatabaseBackup.Facts.Engine ?? "SQLite",
        RepositoryId = repository.Id,
        RepositoryFormat = repository.FormatVersion,
        KeyProtection = repository.KeyProtection,
        Seed = _options.Seed,
    };
}
