namespace DrTools.Aws.Tests.Faults;

/// <summary>What a <see cref="FaultProxy"/> does to a request.</summary>
public enum Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>500 InternalError; the server never sees the request.</summary>
    ServerError,

    /// <summary>500, after the server has done what was asked.</summary>
    ServerErrorAfterwards,

    /// <summary>503 SlowDown.</summary>
    SlowDown,

    /// <summary>429 TooManyRequests.</summary>
    Throttled,

    /// <summary>The connection is reset as soon as a request comes.</summary>
    Reset,

    /// <summary>The connection is reset when half of the request has come.</summary>
    ResetMidUpload,

    /// <summary>The connection is reset when half of the answer has gone.</summary>
    ResetMidDownload,

    /// <summary>The server does what was asked, and the connection is reset without an answer.</summary>
    LostAnswer,

    /// <summary>Nothing happens until the client goes.</summary>
    Stall,

    /// <summary>Half of the answer, and then nothing until the client goes.</summary>
    StallMidDownload,

    /// <summary>Half of the content in an answer that is whole as far as its length tells.</summary>
    Truncated,

    /// <summary>A bit of the content is another on its way to the server.</summary>
    FlippedUpload,

    /// <summary>A bit of the content is another on its way to the client.</summary>
    FlippedDownload,

    /// <summary>A listing as it was before.</summary>
    OldListing,

    /// <summary>400 ExpiredToken.</summary>
    ExpiredToken,

    /// <summary>403 RequestTimeTooSkewed, with a clock that is 20 minutes ahead.</summary>
    ClockSkew,

    /// <summary>404 NoSuchBucket.</summary>
    NoSuchBucket,

    /// <summary>301 PermanentRedirect to another region.</summary>
    OtherRegion,

    /// <summary>403 AccessDenied.</summary>
    Denied,
}
