using System.Text.Json;
using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;

namespace DrTools.Reports.Tests;

/// <summary>A repository whose journal tells of October 2026, and a plan for it. Records are written as operations write them, with
/// the times of then.</summary>
internal sealed class ReportWorkspace : IDisposable
{
    public const string Source = "files:/srv/shop & \"co\" <b>";

    public static readonly DateTimeOffset October = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When reports are made here.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 3, 9, 0, 0, TimeSpan.Zero);

    private readonly TestClock _clock = new();

    private ReportWorkspace()
    {
        Folder = Directory.CreateTempSubdirectory("drtools-report-").FullName;
        File.WriteAllText(PathOf("key"), new string('k', 64));
        File.WriteAllText(PathOf("dr.yaml"), $$"""
            version: 1
            name: Web <shop> & sons
            repositories:
              near: { location: near, keyFile: key }
            services:
              shop:
                tier: standard
                objectives: { rto: 1h, rpo: 26h }
                owners: [{ name: Ann "O'Neil" <a@b> }]
                sources:
                  - source: '{{Source}}'
                    repositories: near
                    schedules: [{ type: full, cron: 0 2 * * sun }, { type: incremental, cron: 0 2 * * mon-sat }]
            drills:
              monthly: { scenario: file-deleted, services: shop, every: 30d }
            """);
        Plan = PlanLoader.Read(PathOf("dr.yaml")).Require();
    }

    public string Folder { get; }

    public RecoveryPlan Plan { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<ReportWorkspace> CreateAsync()
    {
        var workspace = new ReportWorkspace();
        using var credential = RepositoryCredential.FromKeyFile(workspace.PathOf("key"));
        await using var repository = await new RepositoryFactory().CreateAsync(workspace.PathOf("near"), credential, new RepositoryPlace("disk", null), Stop);
        return workspace;
    }

    /// <summary>A whole October: a backup each night but the 14th and 15th, one that failed, verifications, a restore and two drills.</summary>
    public static async Task<ReportWorkspace> WithOctoberAsync()
    {
        var workspace = await CreateAsync();
        await using var repository = await workspace.OpenAsync();
        for (var day = -20; day < 31; day++)
        {
            var at = October.AddDays(day).AddHours(2);
            if (day is 13 or 14)
            {
                continue;
            }

            if (day == 20)
            {
                await AppendAsync(repository, Backup(at, 0) with { Outcome = RunOutcome.Failed, BackupId = null, Bytes = 0, StoredBytes = 0, ErrorId = "OutOfSpace", Error = "The disk <is> full & \"gone\"." });
                at = at.AddMinutes(30);
            }

            await AppendAsync(repository, Backup(at, 1000000 + (day * 1000)) with { Finished = at.AddSeconds(day < 0 ? 60 : 90) });
            if (day % 7 == 4)
            {
                await AppendAsync(repository, Proof("verify", "Content 10 %", at.AddHours(3)));
            }
        }

        await AppendAsync(repository, Proof("verify", "Restore", October.AddDays(9)));
        await AppendAsync(repository, Proof("restore", null, October.AddDays(17)));
        await AppendAsync(repository, Proof("verify", "Content", October.AddDays(25)) with { Outcome = RunOutcome.Failed, IssueCount = 2, Error = "2 frames of pack 17 are damaged." });
        await workspace.DrillAsync(repository, October.AddDays(-25), true, TimeSpan.FromMinutes(11));
        await workspace.DrillAsync(repository, October.AddDays(5), false, null);
        await workspace.DrillAsync(repository, October.AddDays(12), true, TimeSpan.FromMinutes(7));
        return workspace;
    }

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public async Task<Repository> OpenAsync()
    {
        using var credential = RepositoryCredential.FromKeyFile(PathOf("key"));
        return await new RepositoryFactory().OpenAsync(PathOf("near"), credential, Stop);
    }

    public static async Task AppendAsync(Repository repository, RunRecord run) => await repository.Journal.AppendAsync(run, Stop);

    public static RunRecord Backup(DateTimeOffset at, long bytes) => new()
    {
        Operation = "backup",
        Outcome = RunOutcome.Succeeded,
        Started = at,
        Finished = at.AddSeconds(90),
        BackupId = $"{at:yyyyMMdd'T'HHmmss'Z'}-00000001",
        Source = Source,
        Mode = at.DayOfWeek == DayOfWeek.Sunday ? "Full" : "Incremental",
        Bytes = bytes,
        StoredBytes = bytes / 10,
    };

    public static RunRecord Proof(string operation, string? mode, DateTimeOffset at) => new()
    {
        Operation = operation,
        Mode = mode,
        Outcome = RunOutcome.Succeeded,
        Started = at,
        Finished = at.AddSeconds(20),
        Source = Source,
        Bytes = 1000000,
    };

    public async Task<DrillResult> DrillAsync(Repository repository, DateTimeOffset at, bool passed, TimeSpan? rto)
    {
        var result = new DrillResult
        {
            Id = $"{at:yyyyMMdd'T'HHmmss'Z'}-0000abcd",
            Plan = Plan.Name,
            Service = "shop",
            Drill = "monthly",
            Scenario = DrillScenario.FileDeleted,
            Level = DrillLevel.Partial,
            Started = at,
            Finished = at.AddMinutes(20),
            User = "ann",
            Host = "vm",
            ToolVersion = "0.1.0",
            Participants = ["Ann <b>"],
            SuccessCriteria = ["Nobody & nothing asked."],
            Objectives = new Objectives(TimeSpan.FromHours(1), TimeSpan.FromHours(26)),
            Backups = [new DrillBackup { Source = Source, Repository = "near", BackupId = "b-1", Taken = at.AddHours(-5), IsNewest = true, Kept = 9, Bytes = 1000000, RestoreDuration = TimeSpan.FromMinutes(3) }],
            Event = at.AddMinutes(2),
            MeasuredRto = rto,
            MeasuredRpo = TimeSpan.FromHours(5),
            Phases =
            [
                new DrillPhase { Step = DrillStep.Detect, Started = at.AddMinutes(2), Duration = TimeSpan.FromMinutes(1), By = "check", Detail = "seen <at> once" },
                new DrillPhase { Step = DrillStep.Restore, Source = Source, Started = at.AddMinutes(3), Duration = TimeSpan.FromMinutes(3), By = "engine", Detail = "1 MB" },
                new DrillPhase { Step = DrillStep.Check, Started = at.AddMinutes(6), Duration = TimeSpan.FromMinutes(1), By = "engine", Detail = "all" },
            ],
            Losses = [new DrillLoss { Source = Source, Items = "canary files", Protection = "every <night>", Written = 40, Lost = 3, Measured = TimeSpan.FromSeconds(2), Exposure = TimeSpan.FromHours(5), Planned = TimeSpan.FromDays(1) }],
            Checks =
            [
                new DrillCheck { Kind = DrillCheckKind.Recovered, Source = Source, Name = "Every file", Outcome = passed ? DrillOutcome.Passed : DrillOutcome.Failed, Detail = passed ? "40 files" : "a <file> & another differ" },
                new DrillCheck { Kind = DrillCheckKind.Application, Name = "Health", Outcome = DrillOutcome.NotRun, IsOptional = true, Detail = "no tool" },
                new DrillCheck { Kind = DrillCheckKind.Names, Name = "Names", Outcome = passed ? DrillOutcome.Passed : DrillOutcome.NotRun, Detail = "no server \x1b[31m" },
            ],
            Limits = ["No person was asked."],
        };
        await new DrillHistory(repository).KeepAsync(result, Stop);
        return result;
    }

    public Task<Report> MakeAsync(ReportPeriod period) => Engine.MakeAsync(new ReportRequest { Plan = Plan, Period = period }, Stop);

    public Task<Report> MakeDrillAsync(string drill) => Engine.MakeAsync(new ReportRequest { Plan = Plan, Drill = drill }, Stop);

    public ReportEngine Engine => new(new PlanSecrets(), _clock);

    public static ReportPeriod Month => ReportPeriod.Month(new DateOnly(2026, 10, 1), TimeZoneInfo.Utc);

    public string Write(Report report, ReportFormat format) => ReportWriter.Write(report, PathOf($"report.{format.ToString().ToLowerInvariant()}"), format, force: true);

    public Task<EvidenceResult> TestAsync(string file) => EvidenceTest.RunAsync(file, EvidenceTest.From(Plan, new PlanSecrets()), Stop);

    public string RecordFile(long sequence) => PathOf($"near/journal/{sequence:D10}");

    /// <summary>Alters a record as somebody could who has the key: it is sealed anew under its name.</summary>
    public async Task AlterAsync(long sequence, Func<RunRecord, RunRecord> alter)
    {
        await using var repository = await OpenAsync();
        var record = (await repository.Journal.ReadAsync(int.MaxValue, Stop)).Single(r => r.Sequence == sequence);
        var name = $"journal/{sequence:D10}";
        var file = RecordFile(sequence);
        File.SetAttributes(file, FileAttributes.Normal);
        await File.WriteAllBytesAsync(file, repository.Seal(EnvelopeKind.JournalRecord, name, JsonSerializer.SerializeToUtf8Bytes(alter(record), RepositoryJson.Default.RunRecord)), Stop);
    }

    public async Task<long> SequenceOfAsync(Func<RunRecord, bool> which)
    {
        await using var repository = await OpenAsync();
        return (await repository.Journal.ReadAsync(int.MaxValue, Stop)).First(which).Sequence;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private sealed class TestClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
