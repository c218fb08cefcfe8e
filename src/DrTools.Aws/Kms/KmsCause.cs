namespace DrTools.Aws.Kms;

/// <summary>Why KMS did not do what it was asked for, as far as it matters for what is done about it.</summary>
internal enum KmsCause
{
    /// <summary>None of the others.</summary>
    Other,

    // What may be better the next time.
    Throttled,
    ServerError,
    Unreachable,
    Stalled,

    // The key.
    KeyMissing,
    KeyDisabled,
    KeyPendingDeletion,
    KeyUnavailable,
    WrongUsage,

    /// <summary>What is to be unwrapped is not the key's, or was wrapped with another encryption context.</summary>
    NotThisKey,

    // The credentials and the way there.
    Denied,
    ExpiredCredentials,
    NoCredentials,
    UnknownKey,
    WrongSecret,
    ClockSkew,
    UnknownHost,
    Tls,
}
