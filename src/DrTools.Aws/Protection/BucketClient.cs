using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Aws.S3;
using S3Location = DrTools.Aws.S3.S3Location;

namespace DrTools.Aws.Protection;

/// <summary>Reads and writes the configuration of a bucket, with the store's own time-outs, retries and words for failures.</summary>
internal sealed class BucketClient : IDisposable
{
    private readonly S3Location _location;
    private readonly S3Limits _limits;
    private S3HttpClientFactory _connections;
    private AmazonS3Client _client;
    private readonly S3Retry _retry;

    public BucketClient(S3Location location)
    {
        var limits = _limits = S3Limits.Default.With(location);
        _location = location;
        _connections = new S3HttpClientFactory(limits);
        _client = S3ClientFactory.Create(location, _connections, out var endpoint, out var isAmazon);
        (Endpoint, IsAmazon) = (endpoint, isAmazon);
        _retry = new S3Retry(limits, new S3Errors(location, endpoint, limits), new TrafficCounter());
    }

    public string Endpoint { get; }

    public bool IsAmazon { get; }

    private string Bucket => _location.Bucket;

    public async Task<BucketState> ReadAsync(CancellationToken cancellationToken)
    {
        var state = new BucketState(_location.Prefix);
        await PartAsync(state, BucketPart.Versioning, "s3:GetBucketVersioning", async stop =>
            state.Versioning = (await _client.GetBucketVersioningAsync(Bucket, stop).ConfigureAwait(false)).VersioningConfig?.Status?.Value switch
            {
                "Enabled" => "on",
                "Suspended" => "suspended",
                _ => "off",
            }).ConfigureAwait(false);
        await PartAsync(state, BucketPart.PublicAccess, "s3:GetBucketPublicAccessBlock", async stop =>
            state.PublicAccess = (await _client.GetPublicAccessBlockAsync(new GetPublicAccessBlockRequest { BucketName = Bucket }, stop).ConfigureAwait(false)).PublicAccessBlockConfiguration ?? new()).ConfigureAwait(false);
        await PartAsync(state, BucketPart.Encryption, "s3:GetEncryptionConfiguration", async stop =>
            state.Encryption = (await _client.GetBucketEncryptionAsync(new GetBucketEncryptionRequest { BucketName = Bucket }, stop).ConfigureAwait(false))
                .ServerSideEncryptionConfiguration?.ServerSideEncryptionRules?.FirstOrDefault()?.ServerSideEncryptionByDefault).ConfigureAwait(false);
        await PartAsync(state, BucketPart.Lifecycle, "s3:GetLifecycleConfiguration", async stop =>
            state.Lifecycle = (await _client.GetLifecycleConfigurationAsync(Bucket, stop).ConfigureAwait(false)).Configuration?.Rules ?? []).ConfigureAwait(false);
        await PartAsync(state, BucketPart.Replication, "s3:GetReplicationConfiguration", async stop =>
            state.Replication = (await _client.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = Bucket }, stop).ConfigureAwait(false)).Configuration).ConfigureAwait(false);
        return state;

        async Task PartAsync(BucketState into, BucketPart part, string permission, Func<CancellationToken, Task> read)
        {
            if (await RunAsync(S3Request.Get, $"Reading {Words(part)}", permission, read, cancellationToken).ConfigureAwait(false) is { } said)
            {
                into.Unsupported[part] = said;
            }
        }
    }

    /// <summary>Writes a part.</summary>
    /// <returns>What the server said when it does not have it; <see langword="null"/> when it was written.</returns>
    public Task<string?> WriteAsync(BucketPart part, BucketState state, BucketProtectionOptions options, CancellationToken cancellationToken) => part switch
    {
        BucketPart.Versioning => PutAsync(part, "s3:PutBucketVersioning", stop => _client.PutBucketVersioningAsync(
            new PutBucketVersioningRequest
            {
                BucketName = Bucket,
                VersioningConfig = new S3BucketVersioningConfig { Status = options.Versioning == true ? VersionStatus.Enabled : VersionStatus.Suspended },
            },
            stop), cancellationToken),
        BucketPart.PublicAccess => PutPublicAccessAsync(options.BlockPublicAccess == true, state.PublicAccess, cancellationToken),
        BucketPart.Encryption => PutAsync(part, "s3:PutEncryptionConfiguration", stop => _client.PutBucketEncryptionAsync(
            new PutBucketEncryptionRequest { BucketName = Bucket, ServerSideEncryptionConfiguration = EncryptionOf(options) }, stop), cancellationToken),
        BucketPart.Lifecycle => PutLifecycleAsync(LifecycleRules.Merge(state, options, _location.Prefix), cancellationToken),
        _ => PutReplicationAsync(ReplicationRules.Merge(state, options, _location.Prefix), cancellationToken),
    };

    public void Dispose()
    {
        _client.Dispose();
        _connections.Dispose();
    }

    private static string Words(BucketPart part) => part switch
    {
        BucketPart.Versioning => "the versioning",
        BucketPart.PublicAccess => "the public access block",
        BucketPart.Encryption => "the encryption",
        BucketPart.Lifecycle => "the lifecycle rules",
        _ => "the replication rules",
    };

    private static ServerSideEncryptionConfiguration EncryptionOf(BucketProtectionOptions options) => new()
    {
        ServerSideEncryptionRules =
        [
            new ServerSideEncryptionRule
            {
                // One data key of KMS for many objects: a hundredth of the calls.
                BucketKeyEnabled = options.Encryption == BucketEncryption.Kms ? true : null,
                ServerSideEncryptionByDefault = new ServerSideEncryptionByDefault
                {
                    ServerSideEncryptionAlgorithm = options.Encryption == BucketEncryption.Kms ? ServerSideEncryptionMethod.AWSKMS : ServerSideEncryptionMethod.AES256,
                    ServerSideEncryptionKeyManagementServiceKeyId = options.KmsKey,
                },
            },
        ],
    };

    /// <summary>Some servers refuse every upload once public access is blocked, so there it is tried, and taken back.</summary>
    private async Task<string?> PutPublicAccessAsync(bool block, PublicAccessBlockConfiguration before, CancellationToken cancellationToken)
    {
        var said = await PutPublicAccessAsync(new() { BlockPublicAcls = block, BlockPublicPolicy = block, IgnorePublicAcls = block, RestrictPublicBuckets = block }, cancellationToken).ConfigureAwait(false);
        if (said is not null || !block || IsAmazon || await AcceptsUploadsAsync(cancellationToken).ConfigureAwait(false))
        {
            return said;
        }

        // Every setting is sent: what is left out is taken by such a server as it happens to be.
        var refusal = await PutPublicAccessAsync(
            new()
            {
                BlockPublicAcls = before.BlockPublicAcls == true,
                BlockPublicPolicy = before.BlockPublicPolicy == true,
                IgnorePublicAcls = before.IgnorePublicAcls == true,
                RestrictPublicBuckets = before.RestrictPublicBuckets == true,
            },
            CancellationToken.None).ConfigureAwait(false);
        return await AcceptsUploadsAsync(cancellationToken).ConfigureAwait(false)
            ? $"{Endpoint} refuses every upload while it is on, so it was taken back"
            : throw new DrException(
                DrError.StoreFailure,
                $"The bucket {Bucket} at {Endpoint} refuses uploads since its public access was blocked, and still does after that was taken back{(refusal is null ? string.Empty : ": " + refusal)}.",
                "Remove the block with the server's own tools (aws s3api delete-public-access-block).");
    }

    private Task<string?> PutPublicAccessAsync(PublicAccessBlockConfiguration configuration, CancellationToken cancellationToken) =>
        PutAsync(BucketPart.PublicAccess, "s3:PutBucketPublicAccessBlock", stop => _client.PutPublicAccessBlockAsync(
            new PutPublicAccessBlockRequest { BucketName = Bucket, PublicAccessBlockConfiguration = configuration }, stop), cancellationToken);

    private async Task<bool> AcceptsUploadsAsync(CancellationToken cancellationToken)
    {
        var key = $"drtools-probe-{Guid.NewGuid():n}";
        string? version = null;
        try
        {
            await RunAsync(S3Request.Put, "Uploading a probe", "s3:PutObject", async stop =>
                version = (await _client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = "probe", UseChunkEncoding = false }, stop).ConfigureAwait(false)).VersionId, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error is DrError.StoreReadOnly or DrError.StoreDenied)
        {
            return false;
        }

        await RunAsync(S3Request.Delete, "Removing the probe", "s3:DeleteObject", stop =>
            _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = key, VersionId = string.IsNullOrEmpty(version) ? null : version }, stop), CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    private Task<string?> PutLifecycleAsync(List<LifecycleRule> rules, CancellationToken cancellationToken) => PutAsync(
        BucketPart.Lifecycle,
        "s3:PutLifecycleConfiguration",
        stop => rules.Count == 0
            ? _client.DeleteLifecycleConfigurationAsync(Bucket, stop)
            : _client.PutLifecycleConfigurationAsync(new PutLifecycleConfigurationRequest { BucketName = Bucket, Configuration = new LifecycleConfiguration { Rules = rules } }, stop),
        cancellationToken);

    private Task<string?> PutReplicationAsync(ReplicationConfiguration configuration, CancellationToken cancellationToken) => PutAsync(
        BucketPart.Replication,
        "s3:PutReplicationConfiguration",
        stop => configuration.Rules.Count == 0
            ? _client.DeleteBucketReplicationAsync(new DeleteBucketReplicationRequest { BucketName = Bucket }, stop)
            : _client.PutBucketReplicationAsync(new PutBucketReplicationRequest { BucketName = Bucket, Configuration = configuration }, stop),
        cancellationToken);

    private Task<string?> PutAsync(BucketPart part, string permission, Func<CancellationToken, Task> write, CancellationToken cancellationToken) =>
        RunAsync(S3Request.Put, $"Setting {Words(part)}", permission, write, cancellationToken);

    /// <summary>Ceph's gateway does not read the body of a request that it refuses, and takes it for the start of the next one on
    /// the same connection.</summary>
    private void Reconnect()
    {
        Dispose();
        _connections = new S3HttpClientFactory(_limits);
        _client = S3ClientFactory.Create(_location, _connections, out _, out _);
    }

    /// <returns>What the server said when it does not have that; <see langword="null"/> otherwise, also when nothing is set.</returns>
    private async Task<string?> RunAsync(S3Request kind, string act, string permission, Func<CancellationToken, Task> request, CancellationToken cancellationToken)
    {
        var isAnswered = false;
        try
        {
            var outcome = await _retry.RunAsync<object>(
                new S3Call(kind, act, string.Empty, permission),
                async clock =>
                {
                    await request(clock.Token).ConfigureAwait(false);
                    return this;
                },
                isLastWord: false,
                cancellationToken).ConfigureAwait(false);
            isAnswered = outcome.Answer is null;
            return kind == S3Request.Put && outcome.Answer is { } answer ? $"{Endpoint} refuses it ({answer})" : null;
        }
        catch (DrException e) when (e.InnerException is AmazonServiceException { StatusCode: var status, ErrorCode: var code } && ((int)status is 405 or 501 || code is "NotImplemented" or "MethodNotAllowed"))
        {
            return $"{Endpoint} does not have it ({code ?? ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture)})";
        }
        catch (DrException e) when (!IsAmazon && kind == S3Request.Put && e.InnerException is AmazonServiceException { StatusCode: System.Net.HttpStatusCode.BadRequest } refused)
        {
            // A server that does not know the setting takes the request for another one, and finds that wrong.
            return $"{Endpoint} does not take it ({refused.ErrorCode}{(string.IsNullOrWhiteSpace(refused.Message) ? string.Empty : ": " + refused.Message.Trim())})";
        }
        finally
        {
            if (!isAnswered && !IsAmazon && kind == S3Request.Put)
            {
                Reconnect();
            }
        }
    }
}
