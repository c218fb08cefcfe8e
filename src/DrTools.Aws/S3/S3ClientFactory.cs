using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.RuntimeDependencies;
using Amazon.S3;
using Amazon.SecurityToken;

namespace DrTools.Aws.S3;

/// <summary>Makes the client of the AWS SDK that a store works with. Retries and time-outs are the store's own.</summary>
internal static class S3ClientFactory
{
    static S3ClientFactory()
    {
        // Profiles and web identities that lead to roles find STS by reflection, which the native program does not have.
        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            GlobalRuntimeDependencyRegistry.Instance.RegisterSecurityTokenServiceClient(
                context => new AmazonSecurityTokenServiceClient(context.SecurityTokenServiceClientContextData.Region));
        }
    }

    /// <param name="location">Where to, and as whom.</param>
    /// <param name="connections">Whose connections it uses.</param>
    /// <param name="endpoint">Where requests go, for messages.</param>
    /// <param name="isAmazon">Whether that is Amazon's own S3.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the region is neither given nor configured.</exception>
    public static AmazonS3Client Create(S3Location location, S3HttpClientFactory connections, out string endpoint, out bool isAmazon)
    {
        var config = new AmazonS3Config
        {
            HttpClientFactory = connections,
            MaxErrorRetry = 0,

            // A conditional request that is repeated unseen finds its own object there, and takes it for another's.
            MaxStaleConnectionRetries = 0,
            RetryMode = RequestRetryMode.Standard,
            ThrottleRetries = false,
            BufferSize = 1 << 17,

            // A clock that is off puts every time in the repository in doubt: the user must know.
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

        // The SDK looks into AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and the profile.
        isAmazon = config.ServiceURL is null || new Uri(config.ServiceURL).Host.Contains("amazonaws.com", StringComparison.OrdinalIgnoreCase);
        var region = location.Region ?? (config.ServiceURL is null ? Configured(location, config) : config.RegionEndpoint?.SystemName ?? "us-east-1");
        if (config.ServiceURL is { } url)
        {
            config.AuthenticationRegion = region;
            endpoint = url.TrimEnd('/');
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            endpoint = $"https://s3.{region}.{config.RegionEndpoint.PartitionDnsSuffix}";
        }

        config.ForcePathStyle = location.PathStyle ?? !isAmazon;
        if (!isAmazon)
        {
            // Other servers refuse the chunked trailers that carry CRCs. They do verify the SHA-256 that signs the content.
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }

        return location.Role is null ? new AmazonS3Client(config) : new AmazonS3Client(Assume(location.Role, config, isAmazon, region), config);
    }

    private static RoleCredentials Assume(string role, AmazonS3Config s3, bool isAmazon, string region)
    {
        // Where AWS_ENDPOINT_URL_STS or the profile say so, the SDK asks there.
        var config = new AmazonSecurityTokenServiceConfig { HttpClientFactory = s3.HttpClientFactory, Profile = s3.Profile };
        if (isAmazon)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        else
        {
            config.ServiceURL ??= s3.ServiceURL;
            config.AuthenticationRegion = region;
        }

        return new RoleCredentials(() => DefaultAWSCredentialsIdentityResolver.GetCredentials(s3), role, config);
    }

    private static string Configured(S3Location location, AmazonS3Config config) =>
        config.RegionEndpoint?.SystemName ?? throw new DrException(
            DrError.BadUsage,
            $"The region of the bucket {location.Bucket} is not known.",
            "Name it in the location (?region=eu-central-1), in AWS_REGION, or in the profile; or name the endpoint (?endpoint=https://s3.example.com) of a server that is not Amazon's.");
}
