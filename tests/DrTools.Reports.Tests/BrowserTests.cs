using System.Diagnostics;
using System.Text.Json;

namespace DrTools.Reports.Tests;

/// <summary>Reports in a real browser: Chromium shows the pictures, says nothing on its console, and fetches nothing.</summary>
public sealed class BrowserTests
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_pictures_are_there_the_console_is_silent_and_nothing_is_fetched()
    {
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        var month = workspace.Write(await workspace.MakeAsync(ReportWorkspace.Month), ReportFormat.Html);
        var dom = await OpenAsync(workspace, month);
        Assert.Contains("<h1>Disaster recovery, October 2026</h1>", dom, StringComparison.Ordinal);
        foreach (var id in (string[])["backups-0", "window", "trend-0-rto", "trend-0-rpo"])
        {
            Assert.Contains($"<title id=\"{id}\">", dom, StringComparison.Ordinal);
        }

        Assert.Contains("<circle class=\"recover\"", dom, StringComparison.Ordinal);

        var drill = workspace.PathOf("drill.html");
        ReportWriter.Write(await workspace.MakeDrillAsync("latest"), drill, ReportFormat.Html, force: false);
        dom = await OpenAsync(workspace, drill);
        Assert.Contains("<title id=\"phases\">", dom, StringComparison.Ordinal);
        Assert.Contains("<rect class=\"recover\"", dom, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_console_message_and_a_request_would_be_seen()
    {
        using var workspace = await ReportWorkspace.CreateAsync();
        var page = workspace.PathOf("bad.html");
        await File.WriteAllTextAsync(page, "<!DOCTYPE html><html><body><img src=\"http://127.0.0.1:9/x.png\"><script>console.error('seen')</script></body></html>", Stop);
        var (_, console, requests) = await RunAsync(workspace, page);
        Assert.Contains(console, l => l.Contains("seen", StringComparison.Ordinal));
        Assert.Contains(requests, r => r == "http://127.0.0.1:9/x.png");
    }

    /// <summary>Writes reports to look at into the folder that DRTOOLS_SAMPLES names.</summary>
    [Fact(Explicit = true)]
    public async Task Samples_to_look_at()
    {
        var folder = Directory.CreateDirectory(Environment.GetEnvironmentVariable("DRTOOLS_SAMPLES") ?? Path.Combine(Path.GetTempPath(), "drtools-samples")).FullName;
        using var workspace = await ReportWorkspace.WithOctoberAsync();
        foreach (var (name, report) in new[]
        {
            ("month", await workspace.MakeAsync(ReportWorkspace.Month)),
            ("week", await workspace.MakeAsync(ReportPeriod.Week(new DateOnly(2026, 10, 14), TimeZoneInfo.Utc))),
            ("day", await workspace.MakeAsync(ReportPeriod.Day(new DateOnly(2026, 10, 21), TimeZoneInfo.Utc))),
            ("drill", await workspace.MakeDrillAsync("latest")),
            ("failed", await workspace.MakeDrillAsync("20261006T000000Z")),
        })
        {
            ReportWriter.Write(report, Path.Combine(folder, name + ".html"), ReportFormat.Html, force: true);
            ReportWriter.Write(report, Path.Combine(folder, name + ".md"), ReportFormat.Markdown, force: true);
        }
    }

    private static async Task<string> OpenAsync(ReportWorkspace workspace, string page)
    {
        var (dom, console, requests) = await RunAsync(workspace, page);
        Assert.Empty(console);
        Assert.Equal(["file://" + page], requests);
        return dom;
    }

    /// <summary>Opens a page: its document as the browser has it in the end, what it said on the console, and what was asked for.</summary>
    private static async Task<(string Dom, IReadOnlyList<string> Console, IReadOnlyList<string> Requests)> RunAsync(ReportWorkspace workspace, string page)
    {
        var program = Programs.SelectMany(p => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, p))).FirstOrDefault(File.Exists);
        Assert.True(program is not null, "Chromium is needed: apt-get install chromium.");
        var log = workspace.PathOf($"net-{Path.GetFileName(page)}.json");
        var start = new ProcessStartInfo(program!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--no-first-run", "--no-default-browser-check", "--enable-logging=stderr", "--v=0", $"--user-data-dir={workspace.PathOf("browser")}", $"--log-net-log={log}", "--dump-dom", "file://" + page])
        {
            start.ArgumentList.Add(argument);
        }

        using var browser = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            var (dom, errors) = (browser.StandardOutput.ReadToEndAsync(limit.Token), browser.StandardError.ReadToEndAsync(limit.Token));
            await Task.WhenAll(dom, errors, browser.WaitForExitAsync(limit.Token));
            var console = (await errors).Split('\n').Where(l => l.Contains(":CONSOLE", StringComparison.Ordinal)).ToList();
            return (await dom, console, Requests(await File.ReadAllTextAsync(log, Stop), page));
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            browser.Kill(entireProcessTree: true);
            throw new TimeoutException($"Chromium did not end within three minutes with {page}.");
        }
    }

    /// <summary>What the page asked for; what the browser asks for on its own account has no page behind it.</summary>
    private static IReadOnlyList<string> Requests(string log, string page)
    {
        using var document = JsonDocument.Parse(log);
        var urls = document.RootElement.GetProperty("events").EnumerateArray()
            .Where(e => e.TryGetProperty("params", out var p) && p.ValueKind == JsonValueKind.Object && p.TryGetProperty("url", out _) && p.TryGetProperty("initiator", out var by) && by.GetString() != "not an origin")
            .Select(e => e.GetProperty("params").GetProperty("url").GetString()!).Distinct().ToList();
        return [.. urls.Where(u => u != "file://" + page).Prepend("file://" + page)];
    }
}
