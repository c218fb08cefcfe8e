using System.Diagnostics;
using System.Text.Json;
using DrTools.Cli.Tests;
using DrTools.Documents;

namespace DrTools.Drills.Tests;

/// <summary>The document of a plan as the command line writes it, and as a browser shows it.</summary>
public sealed class PlanDocumentFacesTests
{
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_command_line_writes_it_and_never_over_a_file_unasked()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("plan", "new", "--no-search")).Expect(0);
        var written = (await workspace.RunAsync("plan", "document", "--output", "plan.html", "--language", "ja", "--json")).Expect(0).Document;
        JsonContract.AssertIs("written-document", written);
        Assert.Equal(("html", "ja", true), (written.GetProperty("format").GetString(), written.GetProperty("language").GetString(), written.GetProperty("comparedWithReality").GetBoolean()));
        Assert.Contains("バックアップ/リストア/DR計画", await File.ReadAllTextAsync(workspace.PathOf("plan.html"), Stop), StringComparison.Ordinal);

        await File.WriteAllTextAsync(workspace.PathOf("dr-plan.md"), "mine", Stop);
        Assert.Contains("[FileExists]", (await workspace.RunAsync("plan", "document", "--file-only")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(workspace.PathOf("dr-plan.md"), Stop));
        var text = (await workspace.RunAsync("plan", "document", "--file-only", "--force", "--previous", "plan.html")).Expect(0).Out;
        Assert.Contains("nothing was asked", text, StringComparison.Ordinal);
        Assert.Contains("0 facts of the plan changed since plan.html.", text, StringComparison.Ordinal);
        Assert.StartsWith("# ", await File.ReadAllTextAsync(workspace.PathOf("dr-plan.md"), Stop), StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("plan", "document", "--output", "x.md", "--previous", "dr.yaml")).Expect(64).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.PathOf("x.md")));
    }

    [Theory]
    [InlineData(DocumentLanguage.En, "<h2>5. Disaster recovery</h2>")]
    [InlineData(DocumentLanguage.Ja, "<h2>5. DR計画</h2>")]
    public async Task A_browser_shows_it_says_nothing_on_its_console_and_fetches_nothing(DocumentLanguage language, string heading)
    {
        using var workspace = new DrillWorkspace();
        var page = workspace.PathOf("plan.html");
        PlanDocumentTests.OfTheExample(language).Write(page, DocumentFormat.Html, force: false);
        var (dom, console, requests) = await ShowAsync(workspace, page);
        Assert.Contains(heading, dom, StringComparison.Ordinal);
        Assert.Contains("<title id=\"site-diagram\">", dom, StringComparison.Ordinal);
        Assert.Contains("marker-end=\"url(#arrow)\"", dom, StringComparison.Ordinal);
        Assert.Empty(console);
        Assert.Empty(requests);
    }

    /// <returns>The document as the browser has it in the end, what it said on its console, and what else the page asked for.</returns>
    private static async Task<(string Dom, IReadOnlyList<string> Console, IReadOnlyList<string> Requests)> ShowAsync(DrillWorkspace workspace, string page)
    {
        var program = Programs.SelectMany(p => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(f => Path.Combine(f, p))).FirstOrDefault(File.Exists);
        Assert.True(program is not null, "Chromium is needed: apt-get install chromium.");
        var log = workspace.PathOf("net.json");
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
            using var events = JsonDocument.Parse(await File.ReadAllTextAsync(log, Stop));

            // What the browser asks for on its own account has no page behind it.
            var requests = events.RootElement.GetProperty("events").EnumerateArray()
                .Where(e => e.TryGetProperty("params", out var p) && p.ValueKind == JsonValueKind.Object && p.TryGetProperty("url", out _) && p.TryGetProperty("initiator", out var by) && by.GetString() != "not an origin")
                .Select(e => e.GetProperty("params").GetProperty("url").GetString()!).Where(u => u != "file://" + page).Distinct().ToList();
            return (await dom, [.. (await errors).Split('\n').Where(l => l.Contains(":CONSOLE", StringComparison.Ordinal))], requests);
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            browser.Kill(entireProcessTree: true);
            throw new TimeoutException($"Chromium did not end within three minutes with {page}.");
        }
    }
}
