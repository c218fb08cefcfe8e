using System.Security.Cryptography;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using DrTools.Aws.S3;
using DrTools.Repositories.Keys;

namespace DrTools.Aws.Kms;

/// <summary>Has AWS KMS wrap and unwrap repository keys ("Encrypt" and "Decrypt" in the AWS KMS API Reference). A repository
/// is opened once, so that each call has a connection of its own.</summary>
internal sealed class KmsKeyService(KmsLocation location) : IKeyService
{
    private const int MaximumAttempts = 4;
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(200);

    /// <summary>Opens a location, without asking KMS anything.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static IKeyService Open(string text) => new KmsKeyService(KmsLocation.Parse(text));

    /// <inheritdoc/>
    public async Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, Guid repositoryId, CancellationToken cancellationToken)
    {
        var clear = key.ToArray();
        try
        {
            using var plaintext = new MemoryStream(clear, 0, clear.Length, writable: false, publiclyVisible: true);
            var response = await RunAsync(
                unwraps: false,
                location.Key,
                ContextOf(location.Context, repositoryId),
                (client, context, stop) =>
                {
                    plaintext.Position = 0;
                    return client.EncryptAsync(new EncryptRequest { KeyId = location.Key, Plaintext = plaintext, EncryptionContext = context }, stop);
                },
                cancellationToken).ConfigureAwait(false);
            return new WrappedKey(response.CiphertextBlob.ToArray(), location.Recorded(response.KeyId));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> UnwrapAsync(WrappedKey wrapped, Guid repositoryId, CancellationToken cancellationToken)
    {
        // The key is named, so that nobody can have another one used that these credentials may happen to use. The user's
        // pairs are no secret: without word of his own they are taken as they were recorded.
        var pairs = location.Context.Count > 0 ? location.Context : KmsLocation.Parse(wrapped.Location).Context;
        using var ciphertext = new MemoryStream(wrapped.Key, writable: false);
        var response = await RunAsync(
            unwraps: true,
            location.Key,
            ContextOf(pairs, repositoryId),
            (client, context, stop) =>
            {
                ciphertext.Position = 0;
                return client.DecryptAsync(new DecryptRequest { KeyId = location.Key, CiphertextBlob = ciphertext, EncryptionContext = context }, stop);
            },
            cancellationToken).ConfigureAwait(false);
        using var plaintext = response.Plaintext;
        var key = plaintext.ToArray();
        if (plaintext.TryGetBuffer(out var buffer))
        {
            CryptographicOperations.ZeroMemory(buffer);
        }

        return key;
    }

    private static Dictionary<string, string> ContextOf(SortedDictionary<string, string> pairs, Guid repositoryId) =>
        new(pairs, StringComparer.Ordinal) { [KmsLocation.RepositoryContext] = repositoryId.ToString("D") };

    private async Task<T> RunAsync<T>(
        bool unwraps,
        string key,
        Dictionary<string, string> context,
        Func<AmazonKeyManagementServiceClient, Dictionary<string, string>, CancellationToken, Task<T>> request,
        CancellationToken cancellationToken)
    {
        var timeout = location.Timeout ?? DefaultTimeout;
        using var connections = new S3HttpClientFactory(S3Limits.Default with { ConnectTimeout = timeout });
        using var client = Create(connections, out var endpoint, out var region);
        for (var attempt = 1; ; attempt++)
        {
            using var clock = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            clock.CancelAfter(timeout);
            try
            {
                return await request(client, context, clock.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (S3Failure.Covers(e))
            {
                // The SDK wraps a cancellation in one or the other exception of its own.
                cancellationToken.ThrowIfCancellationRequested();
                var failure = KmsFailure.Of(e, stalled: clock.IsCancellationRequested);
                if (!failure.IsPassing || attempt == MaximumAttempts)
                {
                    var pairs = string.Join(", ", context.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));
                    throw new KmsErrors(location, endpoint, region, timeout).Of(unwraps, key, pairs, failure, attempt);
                }
            }

            await Task.Delay(FirstBackoff * (1 << attempt) * (0.5 + (Random.Shared.NextDouble() / 2)), cancellationToken).ConfigureAwait(false);
        }
    }

    private AmazonKeyManagementServiceClient Create(S3HttpClientFactory connections, out string endpoint, out string region)
    {
        var config = new AmazonKeyManagementServiceConfig
        {
            HttpClientFactory = connections,
            MaxErrorRetry = 0,
            RetryMode = RequestRetryMode.Standard,
            ThrottleRetries = false,
            DisableClockSkewCorrection = true,
        };
        if (location.Profile is { } profile)
        {
            config.Profile = new Profile(profile);
        }

        if (location.Endpoint is { } given)
        {
            config.ServiceURL = given;
        }

        // The SDK looks into AWS_ENDPOINT_URL_KMS, AWS_ENDPOINT_URL and the profile.
        region = location.Region ?? config.RegionEndpoint?.SystemName ?? (config.ServiceURL is not null ? "us-east-1" : throw new DrException(
            DrError.BadUsage,
            $"The region of the KMS key {location.Key} is not known.",
            "Name it in the location of the key (?region=eu-central-1), give the key's ARN, or set AWS_REGION."));
        if (config.ServiceURL is { } url)
        {
            config.AuthenticationRegion = region;
            endpoint = url.TrimEnd('/');
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            endpoint = $"https://kms.{region}.{config.RegionEndpoint.PartitionDnsSuffix}";
        }

        return location.Role is null
            ? new AmazonKeyManagementServiceClient(config)
            : new AmazonKeyManagementServiceClient(
                new AssumeRoleAWSCredentials(DefaultAWSCredentialsIdentityResolver.GetCredentials(config), location.Role, $"drtools-{Environment.MachineName}"), config);
    }
}
