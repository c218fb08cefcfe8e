using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.SecurityToken;

namespace DrTools.Aws.S3;

/// <summary>What an exception of a request means. The codes are those of "Error responses" in the Amazon S3 API
/// Reference.</summary>
internal sealed record S3Failure(S3Cause Cause, Exception Exception)
{
    /// <summary>What the server calls it (<c>SlowDown</c>); empty when it said nothing.</summary>
    public string Code => (Exception as AmazonServiceException)?.ErrorCode ?? string.Empty;

    /// <summary>Whether it is worth another try.</summary>
    public bool IsPassing => Cause is S3Cause.ServerError or S3Cause.Throttled or S3Cause.Unreachable or S3Cause.Stalled or S3Cause.Damaged;

    /// <summary>Whether it answers the question instead of leaving it open.</summary>
    public bool IsAnswer => Cause is S3Cause.Missing or S3Cause.Taken or S3Cause.OutOfRange or S3Cause.NoUpload;

    /// <summary>The server's clock minus this machine's, where the answer tells.</summary>
    public TimeSpan? ClockDifference => DateTimeOffset.TryParse(Header("Date"), System.Globalization.CultureInfo.InvariantCulture, out var date) ? date - DateTimeOffset.UtcNow : null;

    /// <summary>The region that the bucket is in, where the answer tells.</summary>
    public string? BucketRegion => Header("x-amz-bucket-region") is { Length: > 0 } region ? region : null;

    /// <summary>Whether requests end like that, as opposed to defects of this program.</summary>
    public static bool Covers(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or IOException or OperationCanceledException
            or XmlException or S3DamagedException or SocketException or AuthenticationException;

    /// <param name="e">What ended the request.</param>
    /// <param name="stalled">Whether the clock of the request ended it.</param>
    public static S3Failure Of(Exception e, bool stalled) => new(stalled ? S3Cause.Stalled : CauseOf(e), e);

    private static S3Cause CauseOf(Exception e)
    {
        if (e is AmazonServiceException service && ((int)service.StatusCode >= 300 || service.ErrorCode is { Length: > 0 }))
        {
            var cause = CauseOf(service);
            return cause == S3Cause.Denied && service is AmazonSecurityTokenServiceException ? S3Cause.RoleRefused : cause;
        }

        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case AuthenticationException:
                    return S3Cause.Tls;
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return S3Cause.UnknownHost;
                case S3DamagedException or XmlException:
                    return S3Cause.Damaged;
                case SocketException or IOException or HttpRequestException or OperationCanceledException:
                    if (inner.InnerException is null)
                    {
                        return S3Cause.Unreachable;
                    }

                    break;
            }
        }

        return e switch
        {
            HttpRequestException or IOException or OperationCanceledException => S3Cause.Unreachable,
            AmazonUnmarshallingException => S3Cause.Damaged,

            // With no answer of a server at hand this is what the SDK says when its chain finds nothing.
            AmazonClientException when e is not AmazonServiceException => S3Cause.NoCredentials,
            _ => S3Cause.Other,
        };
    }

    private static S3Cause CauseOf(AmazonServiceException e) => e.ErrorCode switch
    {
        "NoSuchKey" or "NotFound" => S3Cause.Missing,
        "PreconditionFailed" => S3Cause.Taken,
        "InvalidRange" => S3Cause.OutOfRange,
        "NoSuchUpload" => S3Cause.NoUpload,
        "NoSuchBucket" => S3Cause.BucketMissing,
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect" or "Redirect" => S3Cause.OtherRegion,
        "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" or "RequestExpired" => S3Cause.ExpiredCredentials,
        "InvalidAccessKeyId" or "InvalidToken" or "InvalidClientTokenId" or "UnrecognizedClientException" => S3Cause.UnknownKey,
        "SignatureDoesNotMatch" => S3Cause.WrongSecret,
        "RequestTimeTooSkewed" => S3Cause.ClockSkew,
        "QuotaExceeded" or "XMinioStorageFull" or "InsufficientStorage" => S3Cause.Full,
        "InvalidObjectState" => S3Cause.Archived,
        "SlowDown" or "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestThrottled" or "RequestLimitExceeded"
            or "TooManyRequests" or "BandwidthLimitExceeded" or "Busy" => S3Cause.Throttled,
        "RequestTimeout" or "RequestTimeoutException" or "IncompleteBody" => S3Cause.Unreachable,
        "BadDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" or "InvalidDigest" => S3Cause.Damaged,
        "OperationAborted" or "ConditionalRequestConflict" or "InternalError" or "ServiceUnavailable" => S3Cause.ServerError,

        // With no code of the protocol: radosgw leaves the content of a request that it refused on the connection, and takes it for
        // the start of the next one, which it then cannot understand.
        "BadRequest" or "400" => S3Cause.ServerError,
        "AccessDenied" or "AllAccessDisabled" or "AccountProblem" => S3Cause.Denied,
        _ => CauseOf(e.StatusCode),
    };

    private static S3Cause CauseOf(HttpStatusCode status) => (int)status switch
    {
        404 => S3Cause.Missing,
        412 => S3Cause.Taken,
        416 => S3Cause.OutOfRange,
        301 or 307 => S3Cause.OtherRegion,
        401 or 403 => S3Cause.Denied,
        429 => S3Cause.Throttled,
        507 => S3Cause.Full,
        408 or 409 => S3Cause.ServerError,
        501 or 505 => S3Cause.Other,
        >= 500 => S3Cause.ServerError,

        // An answer of success that cannot be read.
        >= 200 and < 300 => S3Cause.Damaged,
        _ => S3Cause.Other,
    };

    private string? Header(string name)
    {
        for (var inner = Exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpErrorResponseException { Response: { } response } && response.IsHeaderPresent(name))
            {
                return response.GetHeaderValue(name);
            }
        }

        return null;
    }
}

/// <summary>What came is not what the server meant to send.</summary>
internal sealed class S3DamagedException(string message) : IOException(message);
