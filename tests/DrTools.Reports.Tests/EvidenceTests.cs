using DrTools.Repositories.Journal;

namespace DrTools.Reports.Tests;

/// <summary>Whatever is altered after a report was made is named: a record, the result of a drill, the end of the journal, a figure,
/// a word.</summary>
public sealed class EvidenceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<ReportFormat> Carrying => [ReportFormat.Html, ReportFormat.Markdown, ReportFormat.Json];

    [Theory]
    [MemberData(nameof(Carrying))]
    public async Task A_report_that_nobody_altered_is_genuine_also_when_the_journal_has_grown(ReportFormat format)
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        foreach (var report in (Report[])[await workspace.MakeAsync(ReportWorkspace.Month), await workspace.MakeDrillAsync("latest")])
        {
            var file = workspace.Write(report, format);
            AssertGenuine(await workspace.TestAsync(file));
            await using (var repository = await workspace.OpenAsync())
            {
                await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Backup(ReportWorkspace.Now, 5));
                await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Backup(ReportWorkspace.October.AddDays(10).AddHours(9), 5));
            }

            AssertGenuine(await workspace.TestAsync(file));
        }
    }

    [Fact]
    public async Task A_record_that_was_altered_with_the_key_is_named()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Html);

        // The failed backup is made a good one.
        var sequence = await workspace.SequenceOfAsync(r => r.Outcome == RunOutcome.Failed && r.Operation == "backup");
        await workspace.AlterAsync(sequence, r => r with { Outcome = RunOutcome.Succeeded, BackupId = "x", Error = null });
        var result = await workspace.TestAsync(file);
        Assert.False(result.Passed);
        Assert.Contains(Of(result, "cited records").Findings, f => f.StartsWith($"journal/{sequence:D10}: the record was altered since", StringComparison.Ordinal));
        Assert.Contains(Of(result, "journal").Findings, f => f.StartsWith($"journal/{sequence + 1:D10}", StringComparison.Ordinal));
        Assert.Contains(Of(result, "figures").Findings, f => f.Contains("backupsFailed is 1 in the report, and the records come to 0.", StringComparison.Ordinal));
        Assert.Equal(EvidenceOutcome.Passed, Of(result, "text").Outcome);
    }

    [Fact]
    public async Task Every_single_record_that_is_damaged_is_named()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Json);
        var last = Directory.GetFiles(workspace.PathOf("near/journal")).Length;
        foreach (var sequence in (int[])[1, 25, 40, last])
        {
            var path = workspace.RecordFile(sequence);
            File.SetAttributes(path, FileAttributes.Normal);
            var before = await File.ReadAllBytesAsync(path, Stop);
            var after = (byte[])before.Clone();
            after[after.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(path, after, Stop);
            var result = await workspace.TestAsync(file);
            Assert.False(result.Passed);
            Assert.Contains(Of(result, "journal").Findings, f => f == $"journal/{sequence:D10}: the record is damaged.");
            await File.WriteAllBytesAsync(path, before, Stop);
        }

        AssertGenuine(await workspace.TestAsync(file));
    }

    [Fact]
    public async Task A_journal_whose_end_was_cut_off_shows()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Markdown);
        var last = Directory.GetFiles(workspace.PathOf("near/journal")).Length;
        File.Delete(workspace.RecordFile(last));
        var result = await workspace.TestAsync(file);
        Assert.Contains(Of(result, "cited records").Findings, f => f == $"journal/{last:D10}: the record that was the last one when the report was made is gone; the journal ends with record {last - 1}.");

        // The chain that is left is unbroken; only the report, and a result that nobody names, tell.
        Assert.Equal(EvidenceOutcome.Passed, Of(result, "journal").Outcome);
        Assert.Contains(Of(result, "drills").Findings, f => f.Contains("no record of the journal names the result of a drill that is here", StringComparison.Ordinal));

        // Another record in its place does not help.
        await using (var repository = await workspace.OpenAsync())
        {
            await ReportWorkspace.AppendAsync(repository, ReportWorkspace.Backup(ReportWorkspace.Now, 5));
        }

        Assert.Contains(Of(await workspace.TestAsync(file), "cited records").Findings, f => f.StartsWith($"journal/{last:D10}: the record that was the last one when the report was made was altered", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_result_of_a_drill_that_was_exchanged_is_named()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeDrillAsync("latest"), ReportFormat.Html);
        var drills = Directory.GetFiles(workspace.PathOf("near/drills")).Order(StringComparer.Ordinal).ToList();
        File.SetAttributes(drills[^1], FileAttributes.Normal);
        var bytes = await File.ReadAllBytesAsync(drills[^1], Stop);
        bytes[^3] ^= 4;
        await File.WriteAllBytesAsync(drills[^1], bytes, Stop);
        var result = await workspace.TestAsync(file);
        Assert.Contains(Of(result, "drills").Findings, f => f.Contains($"drills/{Path.GetFileName(drills[^1])}", StringComparison.Ordinal));
        Assert.Contains(Of(result, "cited records").Findings, f => f.Contains("is not the one that the report rests on", StringComparison.Ordinal));
        Assert.Equal(EvidenceOutcome.Failed, Of(result, "figures").Outcome);

        await using var repository = await workspace.OpenAsync();
        Assert.False((await EvidenceTest.RunOnRepositoryAsync("near", repository, Stop)).Passed);
        File.Delete(drills[^1]);
        Assert.Contains((await EvidenceTest.RunOnRepositoryAsync("near", repository, Stop)).Findings, f => f.Contains("is missing", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Carrying))]
    public async Task A_figure_that_was_altered_in_the_report_is_named(ReportFormat format)
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), format);
        var text = await File.ReadAllTextAsync(file, Stop);
        var space = format == ReportFormat.Json ? " " : string.Empty;
        Assert.Contains($"\"backupsMissed\":{space}2", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace($"\"backupsMissed\":{space}2", $"\"backupsMissed\":{space}0", StringComparison.Ordinal), Stop);
        var result = await workspace.TestAsync(file);
        Assert.Contains(Of(result, "figures").Findings, f => f == "totals.backupsMissed is 0 in the report, and the records come to 2.");
        Assert.Equal(EvidenceOutcome.Failed, Of(result, "seal").Outcome);
        Assert.Equal(EvidenceOutcome.Passed, Of(result, "journal").Outcome);
    }

    [Theory]
    [InlineData(ReportFormat.Html, "29 taken", "31 taken")]
    [InlineData(ReportFormat.Markdown, "29 taken", "31 taken")]
    [InlineData(ReportFormat.Html, "<h2>Evidence</h2>", "<h2>Evidence!</h2>")]
    public async Task A_word_that_was_altered_where_only_people_read_is_named(ReportFormat format, string from, string to)
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), format);
        var text = await File.ReadAllTextAsync(file, Stop);
        Assert.Contains(from, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(from, to, StringComparison.Ordinal), Stop);
        var check = Of(await workspace.TestAsync(file), "text");
        Assert.Contains(check.Findings, f => f.StartsWith("Line ", StringComparison.Ordinal) && f.Contains(to[..4], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_objective_that_was_altered_stands_in_no_record_and_breaks_the_seal()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var report = await workspace.MakeAsync(ReportWorkspace.Month);

        // Made anew from the altered basis, so that everything follows from it but the seal.
        var eased = Making.ReportMaker.Make(report.Basis with { Services = [report.Basis.Services[0] with { Rpo = TimeSpan.FromDays(9) }] }, await ReadAsync(workspace));
        var file = workspace.Write(eased with { Evidence = report.Evidence }, ReportFormat.Html);
        var result = await workspace.TestAsync(file);
        Assert.Equal(["seal"], result.Checks.Where(c => c.Outcome != EvidenceOutcome.Passed).Select(c => c.Name));
    }

    [Fact]
    public async Task A_repository_that_is_not_there_proves_nothing_and_another_one_is_refused()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var file = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Html);
        var unknown = await EvidenceTest.RunAsync(file, (_, _) => default, Stop);
        Assert.False(unknown.Passed);
        Assert.Equal(EvidenceOutcome.NotRun, Of(unknown, "journal").Outcome);
        Assert.Equal(EvidenceOutcome.NotRun, Of(unknown, "figures").Outcome);

        using var other = await ReportWorkspace.CreateAsync();
        var wrong = await EvidenceTest.RunAsync(file, async (_, _) => await other.OpenAsync(), Stop);
        Assert.Contains(wrong.Findings, f => f.Contains("The report rests on the repository", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("{\"format\":\"x\"}")]
    [InlineData("<html><template id=\"drtools-report\">{]</template></html>")]
    [InlineData("<html><template id=\"drtools-report\">null</template></html>")]
    [InlineData("<html><template id=\"drtools-report\">{")]
    public async Task What_is_no_report_is_refused(string content)
    {
        using var workspace = await ReportWorkspace.CreateAsync();
        var file = workspace.PathOf("no.html");
        await File.WriteAllTextAsync(file, content, Stop);
        Assert.Equal(DrError.ReportInvalid, (await Assert.ThrowsAsync<DrException>(() => workspace.TestAsync(file))).Error);
        Assert.Equal(DrError.ReportInvalid, (await Assert.ThrowsAsync<DrException>(() => workspace.TestAsync(workspace.PathOf("none.html")))).Error);
    }

    private static async Task<IReadOnlyList<Evidence.RepositoryRecords>> ReadAsync(ReportWorkspace workspace)
    {
        await using var repository = await workspace.OpenAsync();
        return [await Evidence.RecordReader.ReadAsync("near", repository, DateTimeOffset.MinValue, Stop)];
    }

    private static EvidenceCheck Of(EvidenceResult result, string name) => result.Checks.First(c => c.Name == name);

    private static void AssertGenuine(EvidenceResult result)
    {
        Assert.Empty(result.Findings);
        Assert.True(result.Passed, string.Join("; ", result.Checks.Select(c => $"{c.Name} {c.Outcome} {c.Detail}")));
        Assert.Equal(["text", "journal", "drills", "cited records", "seal", "figures"], result.Checks.Select(c => c.Name));
    }
}
