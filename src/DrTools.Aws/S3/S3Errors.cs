using System.Globalization;

namespace DrTools.Aws.S3;

/// <summary>Words failures of requests: what was done, to which object, in which bucket, at which endpoint, and what to do
/// about it.</summary>
internal sealed class S3Errors(S3Location location, string endpoint, S3Limits limits)
{
    private string Bucket => location.Bucket;

    private string Place => $"the bucket {Bucket} at {endpoint}";

    /// <param name="call">What was attempted.</param>
    /// <param name="failure">How the last attempt ended.</param>
    /// <param name="attempts">How many there were.</param>
    public DrException Of(S3Call call, S3Failure failure, int attempts)
    {
        var act = $"{call.Act} in {Place} failed";
        var tries = attempts == 1 ? string.Empty : $" ({attempts} attempts)";
        (DrError Error, string Message, string Remedy) text = failure.Cause switch
        {
            S3Cause.BucketMissing => (
                DrError.StoreMissing,
                $"There is no bucket {Bucket} at {endpoint}.",
                $"Create it (aws s3 mb s3://{Bucket}{(location.Region is null ? string.Empty : " --region " + location.Region)}{(location.HasEndpoint ? " --endpoint-url " + endpoint : string.Empty)}), or check its name, and the endpoint and account that it belongs to."),
            S3Cause.OtherRegion => (
                DrError.StoreMissing,
                $"The bucket {Bucket} is not in the region of {endpoint}{(failure.BucketRegion is { } at ? $" but in {at}" : string.Empty)}.",
                $"Name its region in the location (?region={failure.BucketRegion ?? "…"}){(failure.BucketRegion is null ? ": aws s3api get-bucket-location tells it." : ".")}"),
            S3Cause.Denied when call.Writes => (
                DrError.StoreReadOnly,
                $"{act}: the credentials do not allow {call.Permission}.",
                $"Allow {call.Permission} on {Resource(call)} in the policy of the user or role, and see that no bucket policy and no lock denies it."),
            S3Cause.Denied => (
                DrError.StoreDenied,
                $"{act}: the credentials do not allow {call.Permission}.",
                $"Allow {call.Permission} on {Resource(call)} in the policy of the user or role. Without s3:ListBucket a missing object is reported like that too."),
            S3Cause.RoleRefused => (
                DrError.StoreDenied,
                $"{act}: the role {location.Role} cannot be assumed: {Said(failure)}",
                "Allow sts:AssumeRole on it in the policy of the user, and name the user in the trust policy of the role."),
            S3Cause.ExpiredCredentials => (
                DrError.StoreDenied,
                $"{act}: the credentials have expired.",
                "Get new ones (aws sso login, or a new session token), and run it again; what is stored already is reused."),
            S3Cause.NoCredentials => (
                DrError.StoreDenied,
                $"No credentials for {Place} were found: {Said(failure)}",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile (AWS_PROFILE, ?profile=NAME), or give the machine a role."),
            S3Cause.UnknownKey => (
                DrError.StoreDenied,
                $"{act}: the access key is not known there.",
                "Check the access key (AWS_ACCESS_KEY_ID or the profile), and that endpoint and account belong together."),
            S3Cause.WrongSecret => (
                DrError.StoreDenied,
                $"{act}: the signature is wrong.",
                "Check the secret key (AWS_SECRET_ACCESS_KEY or the profile) and the region; a proxy that changes requests breaks signatures too."),
            S3Cause.ClockSkew => (
                DrError.ClockSkew,
                $"{act}: the clock of this machine is {Skew(failure)} the server's.",
                "Set the clock right (timedatectl set-ntp true), and run it again."),
            S3Cause.UnknownHost => (
                DrError.StoreUnreachable,
                $"{act}: the name of {endpoint} is not known.",
                location.HasEndpoint ? "Check the endpoint in the location, and the name server." : "Check the region in the location, and the name server."),
            S3Cause.Tls => (
                DrError.StoreUnreachable,
                $"{act}: no secure connection could be made: {Innermost(failure.Exception).Message}",
                "Check that the endpoint speaks TLS (https://) and that its certificate is valid and signed by an authority that this machine trusts (update-ca-certificates)."),
            S3Cause.Full => (
                DrError.OutOfSpace,
                $"{act}: the server has no more room for it ({failure.Code}).",
                "Raise the quota of the bucket or user, or remove old backups, and run it again."),
            S3Cause.Archived => (
                DrError.StoreFailure,
                $"{act}: the object lies in an archive class and must be restored first.",
                "Ask for what the backup needs (drtools thaw BACKUP, Request-DrBackupThaw), and run it again when it is there."),
            S3Cause.Unreachable => (
                DrError.StoreUnreachable,
                $"{act}: {endpoint} cannot be reached, or breaks connections{tries}: {Innermost(failure.Exception).Message}",
                "Check the endpoint, the network and whether the server runs, and run it again; what is stored already is reused."),
            S3Cause.Stalled => (
                DrError.StoreUnreachable,
                $"{act}: {endpoint} let {Figures.Duration(limits.StallTimeout)} pass without sending or taking a byte{tries}.",
                "Check the network and the load of the server, and run it again; what is stored already is reused. A longer wait is set with ?timeout=SECONDS."),
            S3Cause.Throttled => (
                DrError.StoreUnreachable,
                $"{act}: {endpoint} goes on asking for fewer requests ({failure.Code}){tries}.",
                "Run it again when less is going on there; what is stored already is reused."),
            S3Cause.ServerError => (
                DrError.StoreFailure,
                $"{act}: {endpoint} goes on failing{tries}: {Said(failure)}",
                "Look into the state of the service, and run it again; what is stored already is reused."),
            S3Cause.Damaged => (
                DrError.StoreFailure,
                $"{act}: what goes to and comes from {endpoint} is damaged on its way{tries}: {Said(failure)}",
                "Look for a proxy or a network device that changes the content, and use https://."),
            _ => (
                DrError.StoreFailure,
                $"{act}: {Said(failure)}",
                "The message is the server's; check the options of the location against what it offers."),
        };
        return new DrException(text.Error, text.Message, text.Remedy, failure.Exception) { Subject = call.Name.Length > 0 ? call.Name : location.Text };
    }

    public DrException Missing(string name) => new(
        DrError.ObjectMissing,
        $"There is no object {name} in {location.Text}.",
        "Verify the repository to see which backups need it, and repair it from a copy.")
    { Subject = name };

    public DrException Exists(string name) => new(
        DrError.ObjectExists,
        $"There is an object {name} in {location.Text} already.",
        "Objects are never replaced: see whether another process writes to the same repository.")
    { Subject = name };

    private string Resource(S3Call call) => call.Name.Length == 0 || call.Permission is "s3:ListBucket" or "s3:ListBucketMultipartUploads"
        ? $"arn:aws:s3:::{Bucket}"
        : $"arn:aws:s3:::{Bucket}/{location.Prefix}*";

    private static string Skew(S3Failure failure) => failure.ClockDifference is { } difference
        ? $"{Figures.Duration(difference.Duration())} {(difference < TimeSpan.Zero ? "ahead of" : "behind")}"
        : "too far from";

    private static string Said(S3Failure failure)
    {
        // The SDK lists where it looked for credentials in lines of their own.
        var message = string.Join(' ', failure.Exception.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        if (failure.Code.Length == 0)
        {
            return message;
        }

        var status = (failure.Exception as Amazon.Runtime.AmazonServiceException)?.StatusCode is { } code and not 0
            ? $" ({((int)code).ToString(CultureInfo.InvariantCulture)})" : string.Empty;
        return message.Length == 0 || message.Contains(failure.Code, StringComparison.Ordinal) ? $"{failure.Code}{status}." : $"{failure.Code}{status}: {message}";
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
        {
            e = inner;
        }

        return e;
    }
}
