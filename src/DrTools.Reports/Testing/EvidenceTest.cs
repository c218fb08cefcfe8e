using System.Text.Json;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Reports.Evidence;
using DrTools.Reports.Layout;
using DrTools.Reports.Making;
using DrTools.Reports.Testing;

namespace DrTools.Reports;

/// <summary>
/// Checks evidence: that the journals' chains are unbroken, that the records that a report rests on are still there and unaltered,
/// that the results of drills are what was written, and that a report says what follows from them.
/// </summary>
public sealed class EvidenceTest
{
    private const int MaximumFindings = 50;

    private readonly List<EvidenceCheck> _checks = [];

    private EvidenceTest()
    {
    }

    /// <summary>Checks a repository by itself.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">The store failed.</exception>
    public static async Task<EvidenceResult> RunOnRepositoryAsync(string name, Repository repository, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var test = new EvidenceTest();
        test.CheckRepository(await RecordReader.ReadAsync(name, repository, DateTimeOffset.MinValue, cancellationToken).ConfigureAwait(false));
        return new EvidenceResult { Checks = test._checks };
    }

    /// <summary>Checks a report against the repositories that it rests on.</summary>
    /// <param name="path">The file: HTML, Markdown or JSON.</param>
    /// <param name="open">Opens a repository of the report, by its identity, name and location; <see langword="null"/> when it is not
    /// known where it is. The check disposes of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.ReportInvalid"/>: there is no report in the file.</exception>
    public static Task<EvidenceResult> RunAsync(string path, Func<ReportedRepository, CancellationToken, ValueTask<Repository?>> open, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(open);
        return RunAsync(path, open, disposes: true, cancellationToken);
    }

    /// <summary>Checks a report against a repository that is open.</summary>
    /// <param name="path">The file: HTML, Markdown or JSON.</param>
    /// <param name="repository">The repository; it stays open.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.ReportInvalid"/>: there is no report in the file.</exception>
    public static Task<EvidenceResult> RunAsync(string path, Repository repository, CancellationToken cancellationToken) =>
        RunAsync(path, (_, _) => ValueTask.FromResult<Repository?>(repository), disposes: false, cancellationToken);

    private static async Task<EvidenceResult> RunAsync(string path, Func<ReportedRepository, CancellationToken, ValueTask<Repository?>> open, bool disposes, CancellationToken cancellationToken)
    {
        var read = ReportReader.Read(path);
        var test = new EvidenceTest();
        test.CheckText(read);
        var records = new List<RepositoryRecords>();
        foreach (var reported in read.Report.Basis.Repositories)
        {
            if (await test.ReadAsync(reported, read.Report, open, disposes, cancellationToken).ConfigureAwait(false) is { } found)
            {
                records.Add(found);
                test.CheckRepository(found);
                test.CheckCited(found, reported, read.Report);
                test.CheckSeal(found, read.Report);
            }
        }

        test.CheckFigures(read.Report, records);
        return new EvidenceResult
        {
            Report = Path.GetFullPath(path),
            Subject = read.Report.Figures.Drill is { } drill ? $"drill {drill.Id} of {drill.Service}" : Words.PeriodName(read.Report.Basis),
            Made = read.Report.Basis.AsOf,
            Checks = test._checks,
        };
    }

    /// <summary>Opens repositories of reports: by their name in a plan, if they are those of the plan still.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="secrets">Where secrets come from.</param>
    public static Func<ReportedRepository, CancellationToken, ValueTask<Repository?>> From(RecoveryPlan plan, PlanSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return async (reported, stop) => plan.Repositories.FirstOrDefault(r => string.Equals(r.Name, reported.Name, StringComparison.OrdinalIgnoreCase)) is { } planned
            ? await new PlanRepositories(secrets).OpenAsync(planned, stop).ConfigureAwait(false)
            : null;
    }

    private async Task<RepositoryRecords?> ReadAsync(ReportedRepository reported, Report report, Func<ReportedRepository, CancellationToken, ValueTask<Repository?>> open, bool disposes, CancellationToken cancellationToken)
    {
        const string Name = "journal";
        if (reported.Id is not { } id)
        {
            Add(Name, reported.Name, EvidenceOutcome.NotRun, "It could not be read when the report was made either: the report rests on nothing in it.");
            return null;
        }

        try
        {
            var repository = await open(reported, cancellationToken).ConfigureAwait(false);
            if (repository is null)
            {
                Add(Name, reported.Name, EvidenceOutcome.NotRun, $"It is not known where the repository {reported.Name} ({id}) is now; it was {reported.Location}. Name it, or a plan that has it.");
                return null;
            }

            try
            {
                if (repository.Id != id)
                {
                    Add(Name, reported.Name, EvidenceOutcome.Failed, "The repository is another one.", $"The report rests on the repository {id}, and at {repository.Location} is {repository.Id}.");
                    return null;
                }

                return await RecordReader.ReadAsync(reported.Name, repository, report.Basis.From - DrillFiguresMaker.Reach, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (disposes)
                {
                    await repository.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
        catch (DrException e)
        {
            Add(Name, reported.Name, EvidenceOutcome.NotRun, e.Message);
            return null;
        }
    }

    private void CheckRepository(RepositoryRecords records)
    {
        var drills = records.Problems.Where(p => p.Name.StartsWith("drills/", StringComparison.Ordinal) || p.Name.StartsWith("actions/", StringComparison.Ordinal)).ToList();
        var journal = records.Problems.Except(drills).Select(p => $"{p.Name}: {p.Problem}.").ToList();
        Add("journal", records.Name, $"{Figures.Count(records.Links.Count, "record")}, each with the hash of the one before", journal);
        Add("drills", records.Name, $"{Figures.Count(records.Drills.Count, "result")} and {Figures.Count(records.Actions.Count, "word", "words")} on improvement actions, each as the journal names it", [.. drills.Select(p => $"{p.Name}: {p.Problem}.")]);
    }

    private void CheckCited(RepositoryRecords records, ReportedRepository reported, Report report)
    {
        var hashes = records.Links.ToDictionary(l => l.Sequence, l => l.Hash);
        var findings = new List<string>();
        void Hold(long sequence, string hash, string what)
        {
            var name = $"journal/{sequence:D10}";
            if (!hashes.TryGetValue(sequence, out var found))
            {
                findings.Add($"{name}: {what} is gone; the journal ends with record {records.Head.Sequence}.");
            }
            else if (found != hash)
            {
                findings.Add($"{name}: {what} was altered since: its SHA-256 was {hash}, and is {found}.");
            }
        }

        if (reported.HeadSequence > 0)
        {
            Hold(reported.HeadSequence, reported.HeadHash, "the record that was the last one when the report was made");
        }

        var count = 0;
        foreach (var cited in report.Evidence.Where(e => e.RepositoryId == reported.Id && e.Repository == reported.Name))
        {
            foreach (var run in cited.Records)
            {
                for (var i = 0; i < run.Hashes.Count; i++)
                {
                    count++;
                    if (run.First + i != reported.HeadSequence)
                    {
                        Hold(run.First + i, run.Hashes[i], "the record");
                    }
                }
            }

            foreach (var drill in cited.Drills)
            {
                if (!records.Drills.TryGetValue(drill.Sequence, out var found) || found.Object != drill.Object || found.Found != drill.Hash)
                {
                    findings.Add($"{drill.Object}: the result of the drill is not the one that the report rests on.");
                }
            }
        }

        Add("cited records", reported.Name, $"{Figures.Count(count, "record")} and the last one, as the report has them", findings);
    }

    /// <summary>What a report takes from the plan stands in no record.</summary>
    private void CheckSeal(RepositoryRecords records, Report report)
    {
        if (report.Evidence.Any(e => e.RepositoryId == records.Id))
        {
            Add("seal", records.Name, "by the key of the repository: the report says what it said when it was made", ReportSeal.IsRight(report, records) ? [] : ["The seal is broken: the report was altered by someone without the key of the repository."]);
        }
    }

    private void CheckFigures(Report report, List<RepositoryRecords> records)
    {
        const string Name = "figures";
        if (report.Basis.Repositories.Any(r => r.Id is not null && records.TrueForAll(x => x.Name != r.Name)))
        {
            Add(Name, "report", EvidenceOutcome.NotRun, "What the figures come to is not known: not every repository could be read.");
            return;
        }

        Report made;
        try
        {
            made = ReportMaker.Make(report.Basis, records);
        }
        catch (DrException e)
        {
            Add(Name, "report", EvidenceOutcome.Failed, "They cannot be worked out again.", e.Message);
            return;
        }

        var written = JsonSerializer.SerializeToElement(ReportSeal.Unsealed(report), ReportJson.Default.Report);
        var found = JsonSerializer.SerializeToElement(made, ReportJson.Default.Report);
        var differences = JsonDifference.Between(written.GetProperty("figures"), found.GetProperty("figures"), MaximumFindings).Select(d => d)
            .Concat(JsonDifference.Between(written.GetProperty("evidence"), found.GetProperty("evidence"), MaximumFindings).Select(d => "evidence" + d)).ToList();
        Add(Name, "report", $"worked out again from the records: {Figures.Count(report.Figures.Findings.Count, "finding")}, {Figures.Count(report.Figures.Services.Count, "service")}, {Figures.Count(report.Figures.DrillHistory.Count, "drill")}", differences);
    }

    /// <summary>What people read is not what programs read: so it is put on the page again from that, and compared.</summary>
    private void CheckText(ReadReport read)
    {
        const string Name = "text";
        if (read.Format == ReportFormat.Json)
        {
            Add(Name, "report", "the figures themselves", []);
            return;
        }

        if (read.Report.Layout != ReportLayout.Number)
        {
            Add(Name, "report", EvidenceOutcome.NotRun, $"The page was laid out by another version (layout {read.Report.Layout}, and this program has {ReportLayout.Number}), so that its text cannot be compared. The figures in it for programs can.");
            return;
        }

        var (written, expected) = (read.Text.ReplaceLineEndings("\n").Split('\n'), ReportWriter.Text(read.Report, read.Format).Split('\n'));
        var findings = new List<string>();
        for (var i = 0; i < Math.Max(written.Length, expected.Length) && findings.Count < MaximumFindings; i++)
        {
            var (is_, should) = (i < written.Length ? written[i] : null, i < expected.Length ? expected[i] : null);
            if (is_ != should)
            {
                findings.Add($"Line {i + 1} was altered: {Around(is_, should)}");
            }
        }

        Add(Name, "report", $"{Figures.Count(expected.Length, "line")}, as they follow from the figures", findings);
    }

    /// <summary>The first place where two lines differ.</summary>
    private static string Around(string? written, string? expected)
    {
        if (written is null || expected is null)
        {
            return written is null ? $"'{Short(expected!, 0)}' is missing." : $"'{Short(written, 0)}' was added.";
        }

        var at = written.AsSpan().CommonPrefixLength(expected);
        return $"it has '{Short(written, at)}', and should have '{Short(expected, at)}'.";
    }

    private static string Short(string line, int at)
    {
        var from = Math.Max(0, at - 20);
        var part = line[from..Math.Min(line.Length, at + 40)];
        return (from > 0 ? "…" : string.Empty) + part + (at + 40 < line.Length ? "…" : string.Empty);
    }

    private void Add(string name, string subject, string detail, List<string> findings) =>
        _checks.Add(new EvidenceCheck(name, subject, findings.Count == 0 ? EvidenceOutcome.Passed : EvidenceOutcome.Failed, detail, findings));

    private void Add(string name, string subject, EvidenceOutcome outcome, string detail, params IReadOnlyList<string> findings) =>
        _checks.Add(new EvidenceCheck(name, subject, outcome, detail, findings));
}
