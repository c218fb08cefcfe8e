using DrTools.Backup;
using DrTools.Demo;

namespace DrTools.PostgreSql.Demo;

/// <summary>What a run came to: what was lost, measured by the till's roll, and whether the objectives are met.</summary>
internal sealed class ClusterDemoConclusion(ClusterDemoOptions options, StepRecorder steps, IReadOnlyList<Sale> roll, int soldBefore, int survived, DateTimeOffset disaster)
{
    private const int Named = 5;

    public required IReadOnlyList<BackupInfo> Backups { get; init; }

    public DemoResult Conclude(
        DateTimeOffset started, DateTimeOffset finished, DemoEnvironment environment, TimeSpan? rto, DemoMistake? mistake, ShopRecord record, DemoFolder folder, DemoServer server)
    {
        // Nothing back at all: lost is what was sold since the shop opened.
        var lastGood = survived > 0 ? roll[survived - 1].Confirmed : started;
        var lost = roll.Skip(survived).ToList();
        var rpo = disaster - lastGood;
        steps.Check(
            "Recovery time objective",
            rto <= options.Objectives.Rto,
            rto is { } time ? $"recovered and checked in {Figures.Duration(time)}; objective {Figures.Duration(options.Objectives.Rto)}" : "not recovered: see the checks that failed");
        steps.Check(
            "Recovery point objective",
            rpo <= options.Objectives.Rpo,
            $"{Figures.Count(lost.Count, "sale")} of the last {Figures.Duration(rpo)} are lost; objective {Figures.Duration(options.Objectives.Rpo)}");
        return new DemoResult
        {
            Started = started,
            Finished = finished,
            WorkFolder = folder.Path,
            Kept = options.Keep,
            ReportPath = folder.Report,
            Objectives = options.Objectives,
            Narrative = Words(server),
            Environment = environment,
            Data = new DemoData(ShopSchema.Tables.Count, record.Customers.Rows + record.Orders.Rows + record.Payments.Rows + (3L * soldBefore), record.Bytes, 0, 0, 0, 0),
            Backups = Backups,
            Mistake = mistake,
            Phases = steps.Phases,
            LastGood = lastGood,
            Disaster = disaster,
            Recovered = disaster + rto,
            MeasuredRto = rto,
            MeasuredRpo = rpo,
            Losses =
            [
                new DemoLoss
                {
                    Source = Backups[^1].Source,
                    Items = "sales",
                    BackupId = Backups[^1].Id,
                    LastGood = lastGood,
                    Span = rpo,
                    Written = roll.Count - soldBefore,
                    Lost = Math.Min(lost.Count, roll.Count - soldBefore),
                    FirstLost = lost.FirstOrDefault()?.Confirmed,
                    LastLost = lost.LastOrDefault()?.Confirmed,
                    Examples = [.. lost.Take(Named).Select(s => $"order {s.OrderId}")],
                },
            ],
            Checks = steps.Checks,
        };
    }

    private DemoNarrative Words(DemoServer server) => new()
    {
        Subject = $"Demo on a PostgreSQL {server.Programs.Version} server of its own",
        Proven = "the dropped table came back as it was, every sale up to the last archived log is there, and nothing else changed",
        Timeline = "The shop sold all the time. What it sold between the last good moment and the disaster was in no archived log yet.",
        Loss = $"The shop's till recorded every sale that the server had confirmed. Those that are missing now show what the loss came to: the server ends a segment of its log every {Figures.Duration(options.ArchiveTimeout)} at least, and what was in the last one went with the host.",
        Survived = "are in no backup either: the archived log brought them back",
        Evidence = "What came back was compared with the roll that the shop's till kept, sale by sale, and with hashes of every other row taken at the beginning.",
        RecoveryPoint = "from the last sale that came back",
    };
}
