using System.CommandLine;
using DrTools.Aws.Protection;

namespace DrTools.Cli.CommandLine;

/// <summary>How a bucket is to be protected.</summary>
internal sealed class BucketOptions
{
    private readonly Argument<string?> _location = new("location")
    {
        Description = "Where the repository is, or shall be: s3://bucket/prefix. Also from DRTOOLS_REPOSITORY.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<OnOff?> _versioning = ChoiceOption.Create<OnOff>("--versioning", "Whether versions are kept of what is removed or replaced.");
    private readonly Option<OnOff?> _public = ChoiceOption.Create<OnOff>("--block-public-access", "Whether every kind of public access is blocked.");
    private readonly Option<BucketEncryption?> _encryption = ChoiceOption.Create<BucketEncryption>("--encryption", "How new objects are encrypted by default.");
    private readonly Option<string?> _kmsKey = new("--encryption-kms-key") { Description = "The KMS key for --encryption kms.", HelpName = "KEY" };
    private readonly Option<int?> _infrequent = Days("--infrequent-access-days", "After how many days packs go to STANDARD_IA; 0 for never.");
    private readonly Option<int?> _glacier = Days("--glacier-days", "After how many days packs go to GLACIER, from where they must be thawed; 0 for never.");
    private readonly Option<int?> _deep = Days("--deep-archive-days", "After how many days packs go to DEEP_ARCHIVE, from where they must be thawed; 0 for never.");
    private readonly Option<int?> _versions = Days("--old-version-days", "After how many days removed and replaced versions go; 0 for never.");
    private readonly Option<int?> _uploads = Days("--abort-upload-days", "After how many days unfinished uploads go; 0 for never.");
    private readonly Option<string?> _to = new("--replicate-to") { Description = "The bucket that new objects are replicated to, by name or ARN; 'none' for none.", HelpName = "BUCKET" };
    private readonly Option<string?> _role = new("--replication-role") { Description = "ARN of the role that S3 replicates as.", HelpName = "ARN" };
    private readonly Option<string?> _class = new("--replication-storage-class") { Description = "Storage class of the replicas.", HelpName = "CLASS" };
    private readonly Option<OnOff?> _time = ChoiceOption.Create<OnOff>("--replication-time", "Whether replication is to take 15 minutes at most, and is measured.");

    private enum OnOff
    {
        On,
        Off,
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(_location);
        foreach (var option in new Option[] { _versioning, _public, _encryption, _kmsKey, _infrequent, _glacier, _deep, _versions, _uploads, _to, _role, _class, _time })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when none was named.</exception>
    public string Location(CommandRun run) =>
        run.Get(_location) ?? (Environment.GetEnvironmentVariable("DRTOOLS_REPOSITORY") is { Length: > 0 } location
            ? location
            : throw new DrException(DrError.BadUsage, "No location was given.", "Give it as s3://bucket/prefix, or in DRTOOLS_REPOSITORY."));

    public BucketProtectionOptions Read(CommandRun run) => new()
    {
        Versioning = IsOn(run.Get(_versioning)),
        BlockPublicAccess = IsOn(run.Get(_public)),
        Encryption = run.Get(_encryption),
        KmsKey = run.Get(_kmsKey),
        InfrequentAccessDays = run.Get(_infrequent),
        GlacierDays = run.Get(_glacier),
        DeepArchiveDays = run.Get(_deep),
        OldVersionDays = run.Get(_versions),
        AbortUploadDays = run.Get(_uploads),
        ReplicationBucket = run.Get(_to) is "none" ? string.Empty : run.Get(_to),
        ReplicationRole = run.Get(_role),
        ReplicationStorageClass = run.Get(_class),
        ReplicationTime = IsOn(run.Get(_time)),
    };

    private static bool? IsOn(OnOff? word) => word switch { null => null, OnOff.On => true, _ => false };

    private static Option<int?> Days(string name, string description) => NumberOption.Create(name, description, 0, BucketProtectionOptions.MaximumDays);
}
