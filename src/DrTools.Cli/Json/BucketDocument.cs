using DrTools.Aws.Protection;

namespace DrTools.Cli.Json;

/// <summary>What <c>bucket show</c> and <c>bucket protect</c> print.</summary>
internal sealed record BucketDocument(string Location, bool DryRun, bool Passed, IReadOnlyList<BucketSettingDocument> Settings)
{
    public static BucketDocument Of(string location, bool dryRun, IReadOnlyList<BucketSetting> settings) =>
        new(location, dryRun, settings.All(s => s.Passed), [.. settings.Select(s => new BucketSettingDocument(s.Setting, s.Actual, s.Desired, Scalars.Word(s.State), s.Detail))]);
}

/// <summary>A setting of a bucket.</summary>
internal sealed record BucketSettingDocument(string Setting, string Actual, string? Desired, string State, string? Detail);
