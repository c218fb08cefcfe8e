using System.Diagnostics;
using System.Globalization;

namespace DrTools.Benchmarks.S3;

/// <summary>The S3 server of the tests, for the time of a benchmark, with room for every tool's copy. It keeps them in memory, of
/// which it takes up to twice as much.</summary>
internal sealed class Gateway : IDisposable
{
    private const long Room = 8L << 30;

    private const int SecondsToCollect = 4;

    private readonly Process _cluster;

    private Gateway(Process cluster, string[] fields) => (_cluster, Endpoint, AccessKey, SecretKey) = (cluster, fields[0], fields[1], fields[2]);

    public string Endpoint { get; }

    public string AccessKey { get; }

    public string SecretKey { get; }

    /// <exception cref="BenchmarkException">It did not start.</exception>
    public static Gateway Start(string script)
    {
        var start = new ProcessStartInfo("bash", [script, "run"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DRTOOLS_TEST_CEPH_BYTES"] = Room.ToString(CultureInfo.InvariantCulture);
        start.Environment["DRTOOLS_TEST_CEPH_GC"] = SecondsToCollect.ToString(CultureInfo.InvariantCulture);
        var cluster = Process.Start(start)!;
        return cluster.StandardOutput.ReadLine() is { } ready ? new Gateway(cluster, ready.Split(' ')) : throw new BenchmarkException("The S3 server did not start; see above.");
    }

    /// <summary>Waits until the room of removed objects is free again and nothing takes processor time for it.</summary>
    public static void WaitUntilCollected() => Thread.Sleep(TimeSpan.FromSeconds(4 * SecondsToCollect));

    public void Dispose()
    {
        _cluster.StandardInput.Close();
        _cluster.WaitForExit(TimeSpan.FromMinutes(1));
        _cluster.Dispose();
    }
}
