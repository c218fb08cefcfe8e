namespace DrTools.Aws.S3;

/// <summary>Why a request did not succeed, as far as it matters for what is done about it.</summary>
internal enum S3Cause
{
    /// <summary>None of the others.</summary>
    Other,

    // Answers to what was asked.

    /// <summary>There is no such object.</summary>
    Missing,

    /// <summary>There is an object of that name.</summary>
    Taken,

    /// <summary>The object ends before what was asked for.</summary>
    OutOfRange,

    /// <summary>There is no such multipart upload.</summary>
    NoUpload,

    // What may be better the next time.

    /// <summary>The server failed.</summary>
    ServerError,

    /// <summary>The server asks for fewer requests.</summary>
    Throttled,

    /// <summary>No connection, or one that broke.</summary>
    Unreachable,

    /// <summary>No byte went or came for too long.</summary>
    Stalled,

    /// <summary>What was sent or received was damaged on its way.</summary>
    Damaged,

    // What stays as it is until someone acts.

    BucketMissing,
    OtherRegion,
    Denied,
    RoleRefused,
    ExpiredCredentials,
    NoCredentials,
    UnknownKey,
    WrongSecret,
    ClockSkew,
    UnknownHost,
    Tls,
    Full,
    Archived,
}
