using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DrTools.Plans;

namespace DrTools.Drills.Checks;

/// <summary>Asks a service over the network whether it is there: requests over HTTP, and names.</summary>
internal sealed class ServiceProbe(DrillRecorder recorder, TimeProvider time)
{
    private const int LongestBody = 1 << 20;

    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task<string> RunAsync(ServiceChecks checks, CancellationToken cancellationToken)
    {
        foreach (var health in checks.Health)
        {
            await CheckHealthAsync(health, cancellationToken).ConfigureAwait(false);
        }

        foreach (var name in checks.Names)
        {
            await CheckNameAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return $"{Figures.Count(checks.Health.Count, "request")} over HTTP, {Figures.Count(checks.Names.Count, "name")}";
    }

    private async Task CheckHealthAsync(HealthCheck check, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();

        // Whoever expects a redirection wants to see it.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = check.Status is < 300 or > 399, ConnectTimeout = LongestRequest };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        for (var requests = 1; ; requests++)
        {
            var (healthy, seen) = await AskAsync(client, check, check.Within - time.GetElapsedTime(start), cancellationToken).ConfigureAwait(false);
            var elapsed = time.GetElapsedTime(start);
            if (healthy)
            {
                recorder.Check(DrillCheckKind.Application, null, $"{check.Url} is healthy", true, $"{seen} after {Figures.Count(requests, "request")} in {Figures.Duration(elapsed)}", elapsed);
                return;
            }

            if (elapsed + Pause >= check.Within)
            {
                recorder.Check(DrillCheckKind.Application, null, $"{check.Url} is healthy", false, $"not within {PlanDuration.Format(check.Within)}, after {Figures.Count(requests, "request")}; last: {seen}", elapsed);
                recorder.Find(null, $"The application did not become healthy: {check.Url}: {seen}", "See its log; a recovery is done when the application answers, not when the data is back.", check: $"{check.Url} is healthy");
                return;
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<(bool Healthy, string Seen)> AskAsync(HttpClient client, HealthCheck check, TimeSpan left, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(left < LongestRequest ? (left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1)) : LongestRequest);
        try
        {
            using var response = await client.GetAsync(check.Url, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            if (status != check.Status)
            {
                return (false, string.Create(CultureInfo.InvariantCulture, $"status {status} instead of {check.Status}"));
            }

            if (check.Body is not { Length: > 0 } expected)
            {
                return (true, string.Create(CultureInfo.InvariantCulture, $"status {status}"));
            }

            var body = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            return body.Contains(expected, StringComparison.Ordinal)
                ? (true, string.Create(CultureInfo.InvariantCulture, $"status {status}, with the expected body"))
                : (false, string.Create(CultureInfo.InvariantCulture, $"status {status}, and the body does not contain '{expected}'"));
        }
        catch (HttpRequestException e)
        {
            return (false, e.Message);
        }
        catch (IOException e)
        {
            return (false, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, "no answer in time");
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var body = new byte[LongestBody];
            var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return System.Text.Encoding.UTF8.GetString(body, 0, length);
        }
    }

    private async Task CheckNameAsync(NameCheck check, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        bool passed;
        string detail;
        try
        {
            var found = await Dns.GetHostAddressesAsync(check.Name, cancellationToken).ConfigureAwait(false);
            var missing = check.Addresses.Where(a => !found.Contains(a)).ToList();
            var other = found.Where(a => !check.Addresses.Contains(a)).Distinct().ToList();
            passed = missing.Count == 0 && other.Count == 0;
            detail = passed
                ? string.Join(", ", check.Addresses)
                : string.Join("; ", new[] { missing.Count > 0 ? $"it does not lead to {string.Join(", ", missing)}" : null, other.Count > 0 ? $"it leads to {string.Join(", ", other)}, which is not expected" : null }.OfType<string>());
        }
        catch (SocketException e)
        {
            (passed, detail) = (false, $"it cannot be resolved: {e.Message}");
        }

        recorder.Check(DrillCheckKind.Names, null, $"{check.Name} leads where it should", passed, detail, time.GetElapsedTime(start));
        if (!passed)
        {
            recorder.Find(null, $"The name {check.Name} does not lead where the plan says: {detail}", "Correct the record, or the plan.", check: $"{check.Name} leads where it should");
        }
    }
}
