using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using DrTools.Aws.S3;
using DrTools.Aws.Tests.Servers;
using DrTools.Stores;

[assembly: AssemblyFixture(typeof(RadosGateway))]

namespace DrTools.Aws.Tests.Servers;

/// <summary>
/// A Ceph cluster with an S3 gateway, one for all tests of this process. It ends with the process however that ends, because
/// it runs until its standard input does.
/// </summary>
public sealed class RadosGateway : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-aws-").FullName;
    private Process? _cluster;
    private AmazonS3Client? _owner;
    private BasicAWSCredentials? _guest;

    /// <summary>Its address.</summary>
    public string Endpoint { get; private set; } = string.Empty;

    /// <summary>A client of the user that owns the buckets.</summary>
    public IAmazonS3 Owner => _owner!;

    public async ValueTask InitializeAsync()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "servers", "ceph");
        _cluster = Process.Start(new ProcessStartInfo("bash", [script, "run"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var limit = new CancellationTokenSource(Patience);
        var ready = await _cluster.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(ready is not null, "The cluster did not start; see above.");
        var fields = ready.Split(' ');
        Endpoint = fields[0];

        // Profiles, because tests beside each other are different users.
        var credentials = Path.Combine(_folder, "credentials");
        await File.WriteAllTextAsync(
            credentials,
            $"""
            [default]
            aws_access_key_id = {fields[1]}
            aws_secret_access_key = {fields[2]}

            [guest]
            aws_access_key_id = {fields[3]}
            aws_secret_access_key = {fields[4]}

            [unknown-key]
            aws_access_key_id = NOSUCHKEY
            aws_secret_access_key = {fields[2]}

            [wrong-secret]
            aws_access_key_id = {fields[1]}
            aws_secret_access_key = wrong

            """,
            limit.Token);
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("AWS_", StringComparison.Ordinal)))
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", credentials);
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", Path.Combine(_folder, "config"));
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        Environment.SetEnvironmentVariable("DRTOOLS_CACHE", Path.Combine(_folder, "cache"));
        ObjectStores.Register("s3", (location, _) => S3Store.Open(location, S3StoreLimits.Quick));
        _guest = new BasicAWSCredentials(fields[3], fields[4]);
        _owner = Client(new BasicAWSCredentials(fields[1], fields[2]));
    }

    /// <summary>A client of a user that owns nothing.</summary>
    public IAmazonS3 NewGuest() => Client(_guest!);

    /// <summary>Creates a bucket.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> NewBucketAsync()
    {
        var bucket = "test-" + Guid.NewGuid().ToString("n");
        await Owner.PutBucketAsync(bucket, TestContext.Current.CancellationToken);
        return bucket;
    }

    /// <summary>A location in a bucket.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">Where in it.</param>
    /// <param name="options">More options (<c>profile=guest</c>).</param>
    /// <param name="endpoint">Another address, when there is something in between.</param>
    public string LocationOf(string bucket, string prefix = "backups/one", string options = "", string? endpoint = null) =>
        $"s3://{bucket}/{prefix}?endpoint={endpoint ?? Endpoint}{(options.Length == 0 ? string.Empty : "&" + options)}";

    public async ValueTask DisposeAsync()
    {
        _owner?.Dispose();
        if (_cluster is not null)
        {
            _cluster.StandardInput.Close();
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await _cluster.WaitForExitAsync(limit.Token);
            _cluster.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private AmazonS3Client Client(BasicAWSCredentials credentials) => new(
        credentials,
        new AmazonS3Config
        {
            ServiceURL = Endpoint,
            ForcePathStyle = true,
            AuthenticationRegion = "us-east-1",
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
}
