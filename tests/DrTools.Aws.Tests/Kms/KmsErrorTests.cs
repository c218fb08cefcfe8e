using System.Net;
using System.Net.Sockets;
using DrTools.Aws.Kms;
using DrTools.Aws.Tests.Servers;
using DrTools.Repositories.Keys;

namespace DrTools.Aws.Tests.Kms;

/// <summary>What is said when KMS does not unwrap a key, and what to do then.</summary>
public sealed class KmsErrorTests
{
    private const string Arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    [Theory]
    [InlineData(400, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/u is not authorized to perform: kms:Decrypt", DrError.KeyServiceDenied, "access is denied", "Allow kms:Decrypt", 1)]
    [InlineData(400, "NotFoundException", "Invalid arn us-east-1", DrError.KeyUnusable, "no such key in the region us-east-1", "name the region", 1)]
    [InlineData(400, "DisabledException", Arn + " is disabled.", DrError.KeyUnusable, "the key is disabled", "aws kms enable-key", 1)]
    [InlineData(400, "KMSInvalidStateException", Arn + " is pending deletion.", DrError.KeyUnusable, "about to be deleted", "cancel-key-deletion", 1)]
    [InlineData(400, "KMSInvalidStateException", Arn + " is pending import.", DrError.KeyUnusable, "is pending import", "describe-key", 1)]
    [InlineData(400, "InvalidKeyUsageException", "bad usage", DrError.KeyUnusable, "not for encryption", "symmetric key", 1)]
    [InlineData(400, "InvalidCiphertextException", "", DrError.WrongKey, "was not wrapped with this key and the encryption context app=shop, drtools-repository=", "drtools key list", 1)]
    [InlineData(400, "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.", DrError.WrongKey, "was not wrapped with this key", "drtools key list", 1)]
    [InlineData(400, "ExpiredTokenException", "The security token included in the request is expired", DrError.KeyServiceDenied, "the credentials have expired", "aws sso login", 1)]
    [InlineData(400, "UnrecognizedClientException", "The security token included in the request is invalid.", DrError.KeyServiceDenied, "the access key is not known", "AWS_ACCESS_KEY_ID", 1)]
    [InlineData(400, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided.", DrError.KeyServiceDenied, "the signature is wrong", "AWS_SECRET_ACCESS_KEY", 1)]
    [InlineData(400, "InvalidSignatureException", "Signature expired: 20261121T190000Z is now earlier than 20261121T191500Z", DrError.ClockSkew, "the clock of this machine", "timedatectl", 1)]
    [InlineData(400, "ThrottlingException", "You have exceeded the rate at which you may call KMS.", DrError.KeyServiceUnreachable, "fewer requests (4 attempts)", "less is going on", 4)]
    [InlineData(500, "KMSInternalException", "internal", DrError.KeyServiceUnreachable, "goes on failing (4 attempts)", "state of the service", 4)]
    [InlineData(400, "UnsupportedOperationException", "not here", DrError.KeyServiceFailure, "not here", "location of the key", 1)]
    public async Task Every_refusal_is_named_with_its_remedy(int status, string code, string message, DrError error, string said, string remedy, int requests)
    {
        using var answers = new KmsAnswers(status, code, message);
        var failure = await UnwrapAsync(answers.Endpoint);
        Assert.Equal(error, failure.Error);
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Contains(answers.Endpoint, failure.Message, StringComparison.Ordinal);
        Assert.Contains(Arn, failure.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, failure.Remedy, StringComparison.Ordinal);
        Assert.Equal(requests, answers.Requests);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_named()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var endpoint = $"http://127.0.0.1:{((IPEndPoint)closed.LocalEndpoint).Port}";
        closed.Stop();
        var failure = await UnwrapAsync(endpoint);
        Assert.Equal(DrError.KeyServiceUnreachable, failure.Error);
        Assert.Contains($"{endpoint} cannot be reached", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var endpoint = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        var failure = await UnwrapAsync(endpoint, "&timeout=0.3");
        Assert.Equal(DrError.KeyServiceUnreachable, failure.Error);
        Assert.Contains("did not answer within", failure.Message, StringComparison.Ordinal);
        Assert.Contains("timeout=SECONDS", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_not_known_is_named()
    {
        var failure = await UnwrapAsync("http://kms.invalid");
        Assert.Equal(DrError.KeyServiceUnreachable, failure.Error);
        Assert.Contains("the name of http://kms.invalid is not known", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_is_not_there_is_named()
    {
        var failure = await UnwrapAsync("http://127.0.0.1:9", "&profile=none-such");
        Assert.Equal(DrError.KeyServiceDenied, failure.Error);
        Assert.Contains("no credentials were found", failure.Message, StringComparison.Ordinal);
        Assert.Contains("none-such", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_call()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource();
        var call = KmsKeyService.Open($"aws-kms://{Arn}?endpoint=http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}&timeout=300")
            .UnwrapAsync(new WrappedKey([1, 2, 3], $"aws-kms://{Arn}"), Guid.NewGuid(), stop.Token);
        using (await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
    }

    /// <summary>moto checks signatures and policies once it is told to.</summary>
    [Fact]
    public async Task Credentials_that_KMS_does_not_know_or_does_not_let_are_refused()
    {
        Assert.SkipUnless(MotoServer.IsInstalled, "moto_server is not installed.");
        var (process, endpoint) = await MotoServer.StartAsync();
        try
        {
            using var http = new HttpClient();
            using var answer = await http.PostAsync(endpoint + "/moto-api/reset-auth", new StringContent("0"), TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
            var failure = await UnwrapAsync(endpoint);
            Assert.Equal(DrError.KeyServiceDenied, failure.Error);
        }
        finally
        {
            await MotoServer.EndAsync(process);
        }
    }

    private static async Task<DrException> UnwrapAsync(string endpoint, string options = "")
    {
        var service = KmsKeyService.Open($"aws-kms://{Arn}?endpoint={endpoint}{options}");
        return await Assert.ThrowsAsync<DrException>(() => service.UnwrapAsync(
            new WrappedKey([1, 2, 3], $"aws-kms://{Arn}?context.app=shop"), Guid.NewGuid(), TestContext.Current.CancellationToken));
    }
}
