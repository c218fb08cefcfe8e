using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace DrTools.Aws.S3;

/// <summary>Credentials of a role that is assumed, and assumed again before they expire. The service is asked in the region of
/// the bucket, or at its endpoint where the server is not Amazon's.</summary>
internal sealed class RoleCredentials(Func<AWSCredentials> source, string role, AmazonSecurityTokenServiceConfig config) : RefreshingAWSCredentials, IDisposable
{
    private readonly Lazy<AmazonSecurityTokenServiceClient> _service = new(() => new AmazonSecurityTokenServiceClient(source(), config));

    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        // The session's name is shown in the account's logs. It may have 64 characters.
        var name = $"drtools-{Environment.MachineName}";
        var request = new AssumeRoleRequest { RoleArn = role, RoleSessionName = name[..Math.Min(name.Length, 64)] };
        var credentials = (await _service.Value.AssumeRoleAsync(request).ConfigureAwait(false)).Credentials;
        return new CredentialsRefreshState(
            new ImmutableCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken),
            credentials.Expiration ?? DateTime.UtcNow.AddMinutes(15));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _service.IsValueCreated)
        {
            _service.Value.Dispose();
        }

        base.Dispose(disposing);
    }
}
