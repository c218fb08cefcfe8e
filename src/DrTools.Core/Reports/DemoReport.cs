using System.Globalization;
using DrTools.Demo;
using DrTools.Reports.Pages;

namespace DrTools.Reports;

/// <summary>The report of a demo, section by section: the verdict first, the evidence after it.</summary>
internal sealed class DemoReport(DemoResult result, TextWriter writer)
{
    /// <summary>Writes the document.</summary>
    public void Write()
    {
        HtmlFrame.WriteHead(writer, $"{(result.Passed ? "Passed" : "FAILED")}: disaster recovery of {Figures.Moment(result.Started)}");
        WriteHead();
        WriteCards();
        WriteTimeline();
        WriteMistake();
        WriteRecovery();
        WriteLosses();
        WriteChecks();
        WriteBackups();
        WriteSteps();
        WriteEnvironment();
        Line($"<footer>Written by DrTools {Text(result.Environment.ToolVersion)}. RTO counts from the disaster until the restored data had passed every comparison; RPO {Text(result.Narrative.RecoveryPoint)}. All times are UTC.</footer>");
        HtmlFrame.WriteEnd(writer);
    }

    private static string Text(string text) => HtmlText.Escape(text);

    private static string Shorten(string text) => text.Length <= 220 ? text : text[..220] + "…";

    private void WriteHead()
    {
        Line($"<header><h1>Disaster recovery drill</h1><p class=\"soft\">{Text(result.Narrative.Subject)} · {Text(result.Environment.Host)} · {Figures.Moment(result.Started)} · took {Figures.Duration(result.Finished - result.Started)}</p></header>");
        var failed = result.Checks.Where(c => !c.Passed).ToList();
        if (failed.Count == 0)
        {
            Line($"<div class=\"verdict pass\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"11\" fill=\"currentColor\"/><path d=\"M6.5 12.5l3.6 3.6 7.4-8\" fill=\"none\" stroke=\"var(--good-soft)\" stroke-width=\"2.4\"/></svg>");
            Line($"<div><b>Recovered in {Figures.Duration(result.MeasuredRto!.Value)}. Lost: the last {Figures.Duration(result.MeasuredRpo)}.</b>All {result.Checks.Count} checks passed: {Text(result.Narrative.Proven)}, and both objectives are met.</div></div>");
            return;
        }

        Line($"<div class=\"verdict fail\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"11\" fill=\"currentColor\"/><path d=\"M8 8l8 8M16 8l-8 8\" fill=\"none\" stroke=\"var(--bad-soft)\" stroke-width=\"2.4\"/></svg>");
        Line($"<div><b>{(result.Recovered is null ? "Not recovered" : "Recovered, but not everything held")}: {Figures.Count(failed.Count, "check", "checks")} of {result.Checks.Count} failed.</b><ul>");
        foreach (var check in failed.Take(6))
        {
            Line($"<li><strong>{Text(check.Name)}</strong> – {Text(Shorten(check.Detail))}</li>");
        }

        Line($"</ul>{(failed.Count > 6 ? $"and {failed.Count - 6} more, below" : string.Empty)}</div></div>");
    }

    private void WriteCards()
    {
        Line($"<div class=\"cards\">");
        WriteObjective("Recovery time (RTO)", result.MeasuredRto, result.Objectives.Rto, result.MeetsRto);
        WriteObjective("Recovery point (RPO)", result.MeasuredRpo, result.Objectives.Rpo, result.MeetsRpo);
        var passed = result.Checks.Count(c => c.Passed);
        Line($"<div class=\"card\"><div class=\"name\">Checks passed</div><div class=\"figure{(result.Passed ? string.Empty : " bad")}\">{passed} / {result.Checks.Count}</div>{Gauge((double)passed / Math.Max(1, result.Checks.Count), result.Passed)}<div class=\"against\">verification, restore, comparison</div></div>");
        Line($"<div class=\"card\"><div class=\"name\">Protected data</div><div class=\"figure\">{Figures.Bytes(result.Data.DatabaseBytes + result.Data.FileBytes)}</div><div class=\"against\">{Figures.Count(result.Data.Rows)} rows in {result.Data.Tables} tables{Files()}</div></div>");
        Line($"</div>");
    }

    private string Files() => result.Data.Files == 0 ? string.Empty
        : $"<br>{Figures.Count(result.Data.Files, "file", "files")} in {Figures.Count(result.Data.Folders, "folder", "folders")}, {Figures.Count(result.Data.Links, "link", "links")}";

    private void WriteObjective(string name, TimeSpan? measured, TimeSpan objective, bool met)
    {
        var share = measured is { } value && objective > TimeSpan.Zero ? value / objective : 1;
        Line($"<div class=\"card\"><div class=\"name\">{name}</div><div class=\"figure{(met ? string.Empty : " bad")}\">{(measured is { } time ? Figures.Duration(time) : "–")}</div>{Gauge(share, met)}<div class=\"against\">objective {Figures.Duration(objective)} · {(met ? $"met ({Percent(share)})" : "not met")}</div></div>");
    }

    private static string Percent(double share) => share < 0.01 ? "&lt; 1 %" : (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Gauge(double share, bool good) => string.Create(
        CultureInfo.InvariantCulture, $"<div class=\"gauge\"><i{(good ? string.Empty : " class=\"bad\"")} style=\"width:{Math.Clamp(share * 100, 0, 100):0.#}%\"></i></div>");

    private void WriteTimeline()
    {
        Line($"<section><h2>What happened</h2><p class=\"note\">Seconds since the start. {Text(result.Narrative.Timeline)}</p><div class=\"picture\">");
        writer.WriteLine(new TimelineSvg(result).Draw());
        Line($"</div><div class=\"legend\"><span><i style=\"background:var(--idle)\"></i>production</span><span><i style=\"background:var(--backup)\"></i>backup</span><span><i style=\"background:var(--verify)\"></i>verification</span><span><i style=\"background:var(--bad)\"></i>disaster</span><span><i style=\"background:var(--recover)\"></i>recovery</span><span><i style=\"background:var(--lost)\"></i>lost</span></div></section>");
    }

    private void WriteMistake()
    {
        if (result.Mistake is not { } mistake)
        {
            return;
        }

        Line($"<section><h2>The dropped table</h2><p class=\"note\">{(mistake.Missing is { } missing ? $"Back after {Figures.Duration(missing)}, while everything else went on. {Figures.Count(mistake.Refused, "order was", "orders were")} refused meanwhile." : "It was not brought back.")}</p><dl>");
        Fact("Dropped", $"{mistake.Table} with {Figures.Count(mistake.Rows, "row")} at {Figures.TimeOfDay(mistake.Happened)}, by transaction {mistake.Transaction.ToString(CultureInfo.InvariantCulture)}");
        if (mistake is { Target: { } target, Search: { } search })
        {
            Fact("Last good moment", $"{target}{(mistake.LastGood is { } good ? $", committed at {Figures.TimeOfDay(good)}" : string.Empty)}");
            Fact("Found", $"with {Figures.Count(mistake.Probes, "probe")} among {Figures.Count(mistake.Commits, "transaction")} in {Figures.Duration(search)}, by asking restored copies");
        }

        if (mistake.Restored is { } restored)
        {
            Fact("Restored", $"{Figures.Count(mistake.RestoredRows, "row")} by {Figures.TimeOfDay(restored)}, with sequence, indexes and constraints");
        }

        Line($"</dl></section>");
    }

    private void WriteRecovery()
    {
        var used = result.MeasuredRto is { } rto
            ? $"{Figures.Duration(rto)} of the {Figures.Duration(result.Objectives.Rto)} that the objective allows."
            : $"The objective of {Figures.Duration(result.Objectives.Rto)} was not met, because recovery did not pass its checks.";
        Line($"<section><h2>Where the recovery time went</h2><p class=\"note\">Seconds since the disaster. {used}</p><div class=\"picture\">");
        writer.WriteLine(PhaseChart.Draw("recovery-title", [.. result.Phases.Where(p => p.Step >= DemoStep.Disaster).Select(RecoveryPhase)], result.Objectives.Rto, "Phases of the recovery; the table of steps holds the same figures."));
        Line($"</div></section>");
    }

    private ChartPhase RecoveryPhase(DemoPhase phase)
    {
        var failed = result.Checks.Any(c => c.Step == phase.Step && !c.Passed);
        return new ChartPhase(
            phase.Step.Title(),
            phase.Started - result.Disaster,
            phase.Finished - result.Disaster,
            phase.Step == DemoStep.Disaster || failed ? "bad" : "recover",
            Figures.Duration(phase.Duration) + (failed ? " – failed" : string.Empty),
            failed,
            phase.Detail);
    }

    private void WriteLosses()
    {
        Line($"<section><h2>What was lost</h2><p class=\"note\">{Text(result.Narrative.Loss)}</p><div class=\"wide\"><table>");
        Line($"<tr><th>Source</th><th>Last good moment</th><th class=\"number\">Until the disaster</th><th class=\"number\">Written since</th><th class=\"number\">Lost</th><th>Written from – to</th></tr>");
        foreach (var loss in result.Losses)
        {
            var span = loss is { FirstLost: { } first, LastLost: { } last } ? $"{Figures.TimeOfDay(first)} – {Figures.TimeOfDay(last)}" : "–";
            Line($"<tr><td>{Text(Figures.SourceKind(loss.Source))}<br><code>{Text(loss.Source)}</code></td><td class=\"tight\">{Figures.TimeOfDay(loss.LastGood)}</td><td class=\"number\">{Figures.Duration(loss.Span)}</td><td class=\"number\">{Figures.Count(loss.Written)} {Text(loss.Items)}</td><td class=\"number\"><strong>{Figures.Count(loss.Lost)}</strong></td><td class=\"tight\">{span}</td></tr>");
        }

        Line($"</table></div>");
        foreach (var loss in result.Losses.Where(l => l.Examples.Count > 0))
        {
            Line($"<p class=\"note\">Lost {Text(loss.Items)}: {string.Join(", ", loss.Examples.Select(e => $"<code>{Text(e)}</code>"))}{(loss.Lost > loss.Examples.Count ? $" and {Figures.Count(loss.Lost - loss.Examples.Count)} more" : string.Empty)}.{(loss.Lost < loss.Written ? $" The other {Figures.Count(loss.Written - loss.Lost)} {Text(result.Narrative.Survived)}." : string.Empty)}</p>");
        }

        Line($"</section>");
    }

    private void WriteChecks()
    {
        Line($"<section class=\"long\"><h2>Checks</h2><p class=\"note\">{Text(result.Narrative.Evidence)} A check that could not run counts as failed.</p><div class=\"wide\"><table>");
        Line($"<tr><th>Result</th><th>Check</th><th>Figures</th></tr>");
        foreach (var group in result.Checks.GroupBy(Group))
        {
            Line($"<tr class=\"group\"><td colspan=\"3\">{Text(group.Key)}</td></tr>");
            foreach (var check in group)
            {
                Line($"<tr{(check.Passed ? string.Empty : " class=\"fail\"")}><td class=\"state {(check.Passed ? "pass\">✓ passed" : "fail\">✗ FAILED")}</td><td>{Text(check.Name)}</td><td class=\"soft\">{Text(check.Detail)}</td></tr>");
            }
        }

        Line($"</table></div></section>");
    }

    private static string Group(DemoCheck check) => check.Step switch
    {
        DemoStep.FullBackup or DemoStep.IncrementalBackup => "Backup",
        DemoStep.Mistake or DemoStep.FindPoint or DemoStep.RestoreTable => "The dropped table",
        DemoStep.Verify => "Verification",
        DemoStep.Compare => "Comparison and objectives",
        _ when check.Step.IsRecovery() => "Recovery",
        _ => check.Step.Title(),
    };

    private void WriteBackups()
    {
        Line($"<section><h2>Backups</h2><div class=\"wide\"><table>");
        Line($"<tr><th>Backup</th><th>Source</th><th>Type</th><th>Started</th><th class=\"number\">Took</th><th class=\"number\">Entries</th><th class=\"number\">Size</th><th class=\"number\">Read</th><th class=\"number\">Stored</th></tr>");
        foreach (var backup in result.Backups)
        {
            Line($"<tr><td><code>{Text(backup.Id)}</code></td><td>{Text(Figures.SourceKind(backup.Source))}</td><td>{backup.Type.ToString().ToLowerInvariant()}</td><td class=\"tight\">{Figures.TimeOfDay(backup.Started)}</td><td class=\"number\">{Figures.Duration(backup.Duration)}</td><td class=\"number\">{Figures.Count(backup.Files + backup.Directories + backup.Others)}</td><td class=\"number\">{Figures.Bytes(backup.SourceBytes)}</td><td class=\"number\">{Figures.Bytes(backup.ReadBytes)}</td><td class=\"number\">{Figures.Bytes(backup.StoredBytes)}</td></tr>");
        }

        Line($"</table></div></section>");
    }

    private void WriteSteps()
    {
        Line($"<section><h2>Steps</h2><div class=\"wide\"><table><tr><th>Step</th><th>Started</th><th class=\"number\">Took</th><th>What was done</th></tr>");
        foreach (var phase in result.Phases)
        {
            Line($"<tr><td class=\"tight\">{Text(phase.Step.Title())}</td><td class=\"tight\">{Figures.TimeOfDay(phase.Started)}</td><td class=\"number\">{Figures.Duration(phase.Duration)}</td><td class=\"soft\">{Text(phase.Detail)}</td></tr>");
        }

        Line($"</table></div></section>");
    }

    private void WriteEnvironment()
    {
        var environment = result.Environment;
        Line($"<section><h2>Environment</h2><dl>");
        Fact("DrTools", environment.ToolVersion);
        Fact("Repository", $"{environment.RepositoryId}, format {environment.RepositoryFormat}, key protected by {environment.KeyProtection}");
        Fact("Database", environment.DatabaseEngine);
        Fact("Runtime", $"{environment.Runtime}, {environment.OperatingSystem}");
        Fact("Host", $"{environment.Host}, {Figures.Count(environment.Processors, "processor", "processors")}");
        Fact("Data", $"generated, seed {environment.Seed.ToString(CultureInfo.InvariantCulture)}");
        Fact("Work folder", result.WorkFolder + (result.Kept ? " (data, repository and passphrase kept)" : " (data, repository and passphrase removed)"));
        Line($"</dl></section>");
    }

    private void Fact(string name, string value) => Line($"<dt>{name}</dt><dd>{Text(value)}</dd>");

    private void Line(FormattableString text) => writer.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
