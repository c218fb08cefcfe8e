namespace DrTools.Aws.Kms;

/// <summary>Words failures of KMS: what was done, with which key, where, and what to do about it.</summary>
internal sealed class KmsErrors(KmsLocation location, string endpoint, string region, TimeSpan timeout)
{
    /// <param name="unwraps">Whether a key was to be unwrapped, not wrapped.</param>
    /// <param name="key">The key of KMS that was asked for.</param>
    /// <param name="context">The encryption context, for people.</param>
    /// <param name="failure">How the last attempt ended.</param>
    /// <param name="attempts">How many there were.</param>
    public DrException Of(bool unwraps, string key, string context, KmsFailure failure, int attempts)
    {
        var permission = unwraps ? "kms:Decrypt" : "kms:Encrypt";
        var act = $"{(unwraps ? "Unwrapping" : "Wrapping")} the repository key with the KMS key {key} at {endpoint} failed";
        var tries = attempts == 1 ? string.Empty : $" ({attempts} attempts)";
        (DrError Error, string Message, string Remedy) text = failure.Cause switch
        {
            KmsCause.Denied => (
                DrError.KeyServiceDenied,
                $"{act}: access is denied. {failure.Said}",
                $"Allow {permission} on the key in the policy of the user or role and in the key's own policy, for the encryption context {context}. KMS also says so of a key that does not exist in the region {region}, and of one that did not wrap this repository's key."),
            KmsCause.KeyMissing => (
                DrError.KeyUnusable,
                $"{act}: there is no such key in the region {region}. {failure.Said}",
                "Check the alias or ARN, the account of the credentials, and name the region that the key is in (?region=…)."),
            KmsCause.KeyDisabled => (
                DrError.KeyUnusable,
                $"{act}: the key is disabled.",
                $"Enable it (aws kms enable-key --key-id {key} --region {region}), and run it again."),
            KmsCause.KeyPendingDeletion => (
                DrError.KeyUnusable,
                $"{act}: the key is about to be deleted.",
                $"Cancel that at once (aws kms cancel-key-deletion --key-id {key} --region {region}, then aws kms enable-key): once it is deleted, only another secret opens the repository."),
            KmsCause.KeyUnavailable => (
                DrError.KeyUnusable,
                $"{act}: the key cannot be used in its present state. {failure.Said}",
                $"See its state (aws kms describe-key --key-id {key} --region {region}): imported material may have expired, or its key store may be disconnected."),
            KmsCause.WrongUsage => (
                DrError.KeyUnusable,
                $"{act}: the key is not for encryption. {failure.Said}",
                "Use a symmetric key for encryption and decryption (aws kms create-key, without other options)."),
            KmsCause.NotThisKey => (
                DrError.WrongKey,
                $"{act}: what the repository holds was not wrapped with this key and the encryption context {context}.",
                "Name the key and the context that it was wrapped with (drtools key list tells both), or none to use what the repository says. Otherwise its header has been replaced: put back that of a recovery kit (drtools kit)."),
            KmsCause.ExpiredCredentials => (
                DrError.KeyServiceDenied,
                $"{act}: the credentials have expired.",
                "Get new ones (aws sso login, or a new session token), and run it again."),
            KmsCause.NoCredentials => (
                DrError.KeyServiceDenied,
                $"{act}: no credentials were found. {failure.Said}",
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile (AWS_PROFILE, ?profile=NAME), or give the machine a role."),
            KmsCause.UnknownKey => (
                DrError.KeyServiceDenied,
                $"{act}: the access key is not known there.",
                "Check the access key (AWS_ACCESS_KEY_ID or the profile), and that endpoint and account belong together."),
            KmsCause.WrongSecret => (
                DrError.KeyServiceDenied,
                $"{act}: the signature is wrong.",
                "Check the secret key (AWS_SECRET_ACCESS_KEY or the profile) and the region; a proxy that changes requests breaks signatures too."),
            KmsCause.ClockSkew => (
                DrError.ClockSkew,
                $"{act}: the clock of this machine is too far from the service's. {failure.Said}",
                "Set the clock right (timedatectl set-ntp true), and run it again."),
            KmsCause.UnknownHost => (
                DrError.KeyServiceUnreachable,
                $"{act}: the name of {endpoint} is not known.",
                location.Endpoint is null ? $"Check the region ({region}), and the name server." : "Check the endpoint in the location of the key, and the name server."),
            KmsCause.Tls => (
                DrError.KeyServiceUnreachable,
                $"{act}: no secure connection could be made: {failure.Said}",
                "Check that the endpoint speaks TLS and that its certificate is signed by an authority that this machine trusts (update-ca-certificates)."),
            KmsCause.Unreachable => (
                DrError.KeyServiceUnreachable,
                $"{act}: {endpoint} cannot be reached, or breaks connections{tries}: {failure.Said}",
                "Check the endpoint, the network (a VPC without internet needs an endpoint for KMS), and run it again."),
            KmsCause.Stalled => (
                DrError.KeyServiceUnreachable,
                $"{act}: {endpoint}, or the service that gives the credentials, did not answer within {Figures.Duration(timeout)}{tries}.",
                "Check the network (a VPC without internet needs an endpoint for KMS), and run it again. A longer wait is set with ?timeout=SECONDS."),
            KmsCause.Throttled => (
                DrError.KeyServiceUnreachable,
                $"{act}: {endpoint} goes on asking for fewer requests{tries}. {failure.Said}",
                "Run it again when less is going on in the account."),
            KmsCause.ServerError => (
                DrError.KeyServiceUnreachable,
                $"{act}: {endpoint} goes on failing{tries}. {failure.Said}",
                "Look into the state of the service, and run it again."),
            _ => (
                DrError.KeyServiceFailure,
                $"{act}: {failure.Said}",
                "The message is the service's; check the location of the key against what the service offers."),
        };
        return new DrException(text.Error, text.Message.TrimEnd(), text.Remedy, failure.Exception) { Subject = key };
    }
}
