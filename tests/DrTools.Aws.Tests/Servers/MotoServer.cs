using System.Diagnostics;
using System.Text.RegularExpressions;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.S3;
using DrTools.Aws.Tests.Servers;

[assembly: AssemblyFixture(typeof(MotoServer))]

namespace DrTools.Aws.Tests.Servers;

/// <summary>
/// moto, which models the AWS services that no server of Debian's does. It starts with the first test that asks for it, and
/// ends with the process, because it runs until its standard input does. It is lenient: what AWS refuses, it may accept.
/// </summary>
public sealed partial class MotoServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _starting = new(1);
    private Process? _process;
    private string _endpoint = string.Empty;

    /// <summary>Its address. The test is skipped where it is not installed.</summary>
    public async Task<string> EndpointAsync()
    {
        Assert.SkipUnless(IsInstalled, "moto_server is not installed.");
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_process is null)
            {
                (_process, _endpoint) = await StartAsync();
            }

            return _endpoint;
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>A client of its KMS.</summary>
    public async Task<AmazonKeyManagementServiceClient> KmsAsync() => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonKeyManagementServiceConfig { ServiceURL = await EndpointAsync(), AuthenticationRegion = "us-east-1" });

    /// <summary>A client of its S3.</summary>
    public async Task<AmazonS3Client> S3Async() => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonS3Config { ServiceURL = await EndpointAsync(), AuthenticationRegion = "us-east-1", ForcePathStyle = true });

    /// <summary>A new key.</summary>
    /// <param name="alias">Its alias without <c>alias/</c>, if it is to have one.</param>
    /// <returns>Its ARN.</returns>
    public async Task<string> NewKeyAsync(string? alias = null)
    {
        using var kms = await KmsAsync();
        var key = await kms.CreateKeyAsync(new CreateKeyRequest(), TestContext.Current.CancellationToken);
        if (alias is not null)
        {
            await kms.CreateAliasAsync("alias/" + alias, key.KeyMetadata.KeyId, TestContext.Current.CancellationToken);
        }

        return key.KeyMetadata.Arn;
    }

    /// <summary>A new bucket.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> NewBucketAsync()
    {
        using var s3 = await S3Async();
        var bucket = "test-" + Guid.NewGuid().ToString("n");
        await s3.PutBucketAsync(bucket, TestContext.Current.CancellationToken);
        return bucket;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await EndAsync(_process);
        }

        _starting.Dispose();
    }

    internal static bool IsInstalled => Program is not null;

    /// <summary>Where it is: on the PATH, or where this machine's Python puts the programs of its packages.</summary>
    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(PythonFolders())
        .Select(folder => Path.Combine(folder, "moto_server"))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts one that a test has for itself.</summary>
    internal static async Task<(Process Process, string Endpoint)> StartAsync()
    {
        // The shell ends the server when this process's end of the pipe is gone, however that came about.
        var process = Process.Start(new ProcessStartInfo("bash", ["-c", "\"$0\" -H 127.0.0.1 -p 0 2>&1 </dev/null & cat >/dev/null; kill $!; wait", Program!])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        using var limit = new CancellationTokenSource(Patience);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (Address().Match(line) is { Success: true } address)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return (process, address.Value);
            }
        }

        Assert.Fail("moto_server ended before it told its address.");
        throw new InvalidOperationException();
    }

    private static string[] PythonFolders()
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import os, sys, sysconfig; print(sysconfig.get_path('scripts')); print(os.path.dirname(os.path.realpath(sys.executable)))"])
            {
                RedirectStandardOutput = true,
            })!;
            var folders = python.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            python.WaitForExit();
            return folders;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No Python either.
            return [];
        }
    }

    internal static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await process.WaitForExitAsync(limit.Token);
        process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
