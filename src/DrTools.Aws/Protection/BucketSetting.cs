namespace DrTools.Aws.Protection;

/// <summary>How a setting of a bucket compares with what is wanted.</summary>
public enum BucketSettingState
{
    /// <summary>Nothing was asked of it.</summary>
    Found,

    /// <summary>It is as it is to be.</summary>
    Kept,

    /// <summary>It is not as it is to be.</summary>
    Drifted,

    /// <summary>It was changed, and is now as it is to be.</summary>
    Changed,

    /// <summary>The server does not have it, or takes it and does not keep it.</summary>
    Unsupported,

    /// <summary>It destroys backups, or keeps them from being read.</summary>
    Harmful,
}

/// <summary>A setting of a bucket that protects a repository, or harms it.</summary>
public sealed record BucketSetting
{
    /// <summary>The bucket.</summary>
    public required string Bucket { get; init; }

    /// <summary>Its name, as the options are called (<c>Versioning</c>).</summary>
    public required string Setting { get; init; }

    /// <summary>How it is; after a change, how it was.</summary>
    public required string Actual { get; init; }

    /// <summary>How it is to be; <see langword="null"/> when nothing was asked of it.</summary>
    public string? Desired { get; init; }

    /// <summary>How the two compare.</summary>
    public required BucketSettingState State { get; init; }

    /// <summary>What else is to be known of it.</summary>
    public string? Detail { get; init; }

    /// <summary>Whether it is as wanted and harms nothing.</summary>
    public bool Passed => State is BucketSettingState.Found or BucketSettingState.Kept or BucketSettingState.Changed;
}
