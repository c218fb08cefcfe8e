using System.Globalization;
using DrTools.Backup;
using DrTools.Demo.Production;
using DrTools.Plans;
using DrTools.Restore;
using DrTools.Sources.Files;

namespace DrTools.Drills.Subjects;

/// <summary>A tree of files in a drill.</summary>
internal sealed class FilesSubject(SubjectContext context) : DrillSubject(context)
{
    private TreeSnapshot? _before;
    private BackupInfo? _protected;
    private string? _file;

    public override bool IsDatabase => false;

    protected override string Items => "canary files";

    protected override string Protection =>
        $"One backup of the stand-in was taken while canaries were written, and none after it: what came later was lost. {(Context.Source.Schedules.Count > 0 ? $"The plan has {string.Join(", ", Context.Source.Schedules)}." : "The plan gives no schedule.")}";

    protected override string Latest => "the newest backup of the stand-in";

    protected override RestoreOptions RecoveryOptions => new() { Check = false, Include = _file is null ? [] : ["/" + _file] };

    public override async Task<string> ProtectAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(StandIn, CanaryName));
        await Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanary, cancellationToken).ConfigureAwait(false);
        _protected = await BackUpAsync(new FilesSource(StandIn), cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(Canaries.Written.Count, "canary file")}, then a backup of {Figures.Bytes(_protected.SourceBytes)} into a scratch repository in {Figures.Duration(_protected.Duration)}";
    }

    public override Task ProduceAsync(CancellationToken cancellationToken) =>
        Canaries.WriteAsync(Request.Production, Request.CanaryInterval, WriteCanary, cancellationToken);

    public override Task<string> StrikeAsync(CancellationToken cancellationToken)
    {
        switch (Request.Scenario)
        {
            case DrillScenario.FileDeleted:
                _file = ChooseFile();
                File.Delete(Path.Combine(StandIn, _file));
                Directory.Delete(Path.Combine(StandIn, CanaryName), recursive: true);
                return Task.FromResult($"{_file} deleted, and the folder of the canaries");
            case DrillScenario.RansomwareEncrypted:
                // Regular files only: a pipe or a device cannot be encrypted.
                var files = _before!.Entries.Where(e => e.Value.Kind == 'f').Select(e => Path.Combine(StandIn, e.Key)).Where(File.Exists)
                    .Concat(Directory.EnumerateFiles(Path.Combine(StandIn, CanaryName))).ToList();
                foreach (var file in files)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Damage.Encrypt(file);
                }

                return Task.FromResult($"{Figures.Count(files.Count, "file")} encrypted and renamed");
            default:
                Damage.RemoveFolder(StandIn);
                return Task.FromResult(Gone("the files"));
        }
    }

    public override Task<string> DetectAsync(CancellationToken cancellationToken)
    {
        var damaged = Directory.Exists(StandIn) ? Own(_before!.CompareWith(TreeSnapshot.Take(StandIn, cancellationToken)).Content) : [.. _before!.Entries.Keys.Select(k => $"{k}: missing")];
        var seen = damaged.Count == 0 ? "nothing is missing" : $"{Figures.Count(damaged.Count, "entry", "entries")} missing or changed: {string.Join("; ", damaged.Take(3))}";
        Recorder.Check(DrillCheckKind.Damage, Source, "The damage is real", damaged.Count > 0, seen);
        return Task.FromResult(seen);
    }

    public override async Task<string> ReplayAsync(CancellationToken cancellationToken)
    {
        // What the backup brought stays; what was written since comes from the newest one.
        var options = new RestoreOptions { Delta = true, Check = false, Include = _file is null ? [] : ["/" + _file, "/" + CanaryName] };
        var result = await CatchUpAsync(_protected!, options, cancellationToken).ConfigureAwait(false);
        return $"{Figures.Count(result.Files - result.ReusedFiles, "file")} of the newest backup of the stand-in, {Figures.Count(result.ReusedFiles)} as they were";
    }

    public override Task<string> CheckAsync(CancellationToken cancellationToken)
    {
        var start = Context.Time.GetTimestamp();
        var after = TreeSnapshot.Take(Recovered, cancellationToken);
        var took = Context.Time.GetElapsedTime(start);
        foreach (var name in Directory.Exists(Path.Combine(Recovered, CanaryName)) ? Directory.EnumerateFiles(Path.Combine(Recovered, CanaryName)) : [])
        {
            Found.Add(int.Parse(Path.GetFileName(name), CultureInfo.InvariantCulture));
        }

        if (_file is not null)
        {
            var expected = _before!.Entries[_file];
            var differences = after.Entries.TryGetValue(_file, out var actual) ? string.Join(", ", ((string[])[expected.ContentDifferences(actual), expected.MetadataDifferences(actual)]).Where(d => d.Length > 0)) : "it is missing";
            Recorder.Check(DrillCheckKind.Recovered, Source, "The deleted file", differences.Length == 0, differences.Length == 0 ? $"{_file}, SHA-256, mode, owner and times as before the event" : $"{_file}: {differences}", took);
            return Task.FromResult("the file compared with what it was");
        }

        var compared = _before!.CompareWith(after);
        CheckList(DrillCheckKind.Recovered, "Content of every file and link", Own(compared.Content), $"SHA-256 of {Figures.Count(_before.Files, "file")} as before the event", took);
        CheckList(DrillCheckKind.Consistency, "Metadata of every entry", Own(compared.Metadata), $"mode, owner, times and links of {Figures.Count(_before.Entries.Count, "entry", "entries")} as before the event");
        CheckList(DrillCheckKind.Consistency, "Nothing that was not there", Own(compared.Added), "no other entry");
        return Task.FromResult($"{Figures.Count(after.Entries.Count, "entry", "entries")} compared");
    }

    protected override async Task<RestoreResult> RestoreStandInAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(StandIn);
        return await new RestoreEngine(Context.Repository).RestoreAsync(Context.Backup, StandIn, new RestoreOptions { Check = false }, null, cancellationToken).ConfigureAwait(false);
    }

    protected override Task InspectStandInAsync(RestoreResult result, CancellationToken cancellationToken)
    {
        Recorder.Check(
            DrillCheckKind.BackupIntegrity,
            Source,
            "The backup is the tree that was recorded",
            result.Files == Context.Backup.Files && result.Directories == Context.Backup.Directories && result.Others == Context.Backup.Others,
            $"{Figures.Count(result.Files)} of {Figures.Count(Context.Backup.Files, "file")}, {Figures.Count(result.Directories)} of {Figures.Count(Context.Backup.Directories, "folder")}, {Figures.Count(result.Others)} of {Figures.Count(Context.Backup.Others)} others");
        if (result.IssueCount > 0)
        {
            Recorder.Find(Source, $"{Figures.Count(result.IssueCount, "entry", "entries")} of the stand-in could not be made as they were: {result.Issues[0].Path}: {result.Issues[0].Problem}", "Hold the drill as root, who may give files to anybody.");
        }

        _before = TreeSnapshot.Take(StandIn, cancellationToken);
        return Task.CompletedTask;
    }

    /// <summary>What is not about canaries: their folder, and the folder that it lies in.</summary>
    private static List<string> Own(IEnumerable<string> problems) =>
        [.. problems.Where(p => !p.StartsWith(CanaryName, StringComparison.Ordinal) && !p.StartsWith(".:", StringComparison.Ordinal) && p != ".")];

    /// <summary>A file whose name needs no care in a pattern; the choice is the seed's.</summary>
    private string ChooseFile()
    {
        var candidates = _before!.Entries.Where(e => e.Value is { Kind: 'f', SameFileAs: null } && e.Key.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ' ')).Select(e => e.Key).ToList();
        return candidates.Count > 0
            ? candidates[Context.Random.Next(candidates.Count)]
            : throw new DrException(DrError.BadUsage, $"{Source} has no file that could be deleted.", "Choose another scenario.");
    }

    private async ValueTask WriteCanary(int id) =>
        await File.WriteAllTextAsync(Path.Combine(StandIn, CanaryName, id.ToString("00000", CultureInfo.InvariantCulture)), Context.Time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture)).ConfigureAwait(false);
}
