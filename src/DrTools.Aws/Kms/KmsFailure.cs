using Amazon.Runtime;
using DrTools.Aws.S3;

namespace DrTools.Aws.Kms;

/// <summary>What an exception of a request to KMS means. The codes are those of "Common errors" and of Encrypt and Decrypt in
/// the AWS KMS API Reference.</summary>
internal sealed record KmsFailure(KmsCause Cause, Exception Exception)
{
    /// <summary>Whether it is worth another try.</summary>
    public bool IsPassing => Cause is KmsCause.Throttled or KmsCause.ServerError or KmsCause.Unreachable or KmsCause.Stalled;

    /// <summary>What the service said.</summary>
    public string Said
    {
        get
        {
            var said = Innermost(Exception).Message.Trim();
            var code = (Exception as AmazonServiceException)?.ErrorCode;
            return string.IsNullOrEmpty(code) || said.Contains(code, StringComparison.Ordinal) ? said : said.Length == 0 ? code : $"{code}: {said}";
        }
    }

    /// <param name="e">What ended the request.</param>
    /// <param name="stalled">Whether its clock did.</param>
    public static KmsFailure Of(Exception e, bool stalled) => new(
        stalled ? KmsCause.Stalled
        : e is AmazonServiceException { ErrorCode: { Length: > 0 } code } service ? CauseOf(code, service)
        : S3Failure.Of(e, stalled).Cause switch
        {
            S3Cause.Tls => KmsCause.Tls,
            S3Cause.UnknownHost => KmsCause.UnknownHost,
            S3Cause.Unreachable or S3Cause.Damaged => KmsCause.Unreachable,
            S3Cause.NoCredentials => KmsCause.NoCredentials,
            S3Cause.ServerError => KmsCause.ServerError,
            S3Cause.Throttled => KmsCause.Throttled,
            S3Cause.Denied => KmsCause.Denied,
            _ => KmsCause.Other,
        },
        e);

    private static KmsCause CauseOf(string code, AmazonServiceException e) => code switch
    {
        "AccessDeniedException" or "AccessDenied" or "NotAuthorizedException" => KmsCause.Denied,
        "NotFoundException" => KmsCause.KeyMissing,
        "DisabledException" => KmsCause.KeyDisabled,
        "KMSInvalidStateException" when e.Message.Contains("pending deletion", StringComparison.OrdinalIgnoreCase) => KmsCause.KeyPendingDeletion,
        "KMSInvalidStateException" or "KeyUnavailableException" => KmsCause.KeyUnavailable,
        "InvalidKeyUsageException" => KmsCause.WrongUsage,
        "InvalidCiphertextException" or "IncorrectKeyException" => KmsCause.NotThisKey,
        "ExpiredTokenException" or "ExpiredToken" or "RequestExpired" => KmsCause.ExpiredCredentials,
        "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidAccessKeyId" => KmsCause.UnknownKey,
        "InvalidSignatureException" or "SignatureDoesNotMatch" when e.Message.Contains("Signature expired", StringComparison.OrdinalIgnoreCase)
            || e.Message.Contains("not yet current", StringComparison.OrdinalIgnoreCase) => KmsCause.ClockSkew,
        "RequestTimeTooSkewed" => KmsCause.ClockSkew,
        "InvalidSignatureException" or "SignatureDoesNotMatch" or "IncompleteSignature" => KmsCause.WrongSecret,
        "ThrottlingException" or "Throttling" or "TooManyRequestsException" => KmsCause.Throttled,
        "KMSInternalException" or "DependencyTimeoutException" or "InternalFailure" or "ServiceUnavailable" or "ServiceUnavailableException" => KmsCause.ServerError,
        _ when (int)e.StatusCode == 429 => KmsCause.Throttled,
        _ when (int)e.StatusCode >= 500 => KmsCause.ServerError,
        _ when (int)e.StatusCode is 401 or 403 => KmsCause.Denied,
        _ => KmsCause.Other,
    };

    private static Exception Innermost(Exception e)
    {
        while (e is not AmazonServiceException && e.InnerException is { } inner)
        {
            e = inner;
        }

        return e;
    }
}
