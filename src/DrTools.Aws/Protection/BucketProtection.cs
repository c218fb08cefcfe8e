using Amazon.S3;
using DrTools.Aws.S3;

namespace DrTools.Aws.Protection;

/// <summary>Compares the configuration of the bucket that a repository lies in with what it is to be, and makes it so.</summary>
public static class BucketProtection
{
    /// <summary>Compares, and changes nothing.</summary>
    /// <param name="location">Where the repository is, or shall be: <c>s3://bucket/prefix</c>.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Every setting, in a fixed order, and behind them the rules of others that harm the repository.</returns>
    /// <exception cref="DrException">What the bucket or server says.</exception>
    public static async Task<IReadOnlyList<BucketSetting>> CompareAsync(string location, BucketProtectionOptions options, CancellationToken cancellationToken)
    {
        var place = Prepare(location, options);
        using var client = new BucketClient(place);
        var state = await client.ReadAsync(cancellationToken).ConfigureAwait(false);
        return [.. Settings(place, options, state).Select(s => Compared(place, state, s)), .. Harmful(place, state)];
    }

    /// <summary>Makes it as wanted. What is so already is not written again.</summary>
    /// <returns>As <see cref="CompareAsync"/>, with what was changed.</returns>
    /// <inheritdoc cref="CompareAsync"/>
    public static async Task<IReadOnlyList<BucketSetting>> ApplyAsync(string location, BucketProtectionOptions options, CancellationToken cancellationToken)
    {
        var place = Prepare(location, options);
        using var client = new BucketClient(place);
        var before = await client.ReadAsync(cancellationToken).ConfigureAwait(false);
        var settings = Settings(place, options, before).ToList();
        var differing = settings.Where(s => Compared(place, before, s).State == BucketSettingState.Drifted).Select(s => s.Part).Distinct().ToList();

        // Whatever makes no sense is found before anything is written.
        if (differing.Contains(BucketPart.Lifecycle))
        {
            _ = LifecycleRules.Merge(before, options, place.Prefix);
        }

        if (differing.Contains(BucketPart.Replication))
        {
            _ = ReplicationRules.Merge(before, options, place.Prefix);
        }

        foreach (var part in differing.Order())
        {
            if (await client.WriteAsync(part, before, options, cancellationToken).ConfigureAwait(false) is { } said)
            {
                before.Unsupported[part] = said;
            }
        }

        var after = differing.Count == 0 ? before : await client.ReadAsync(cancellationToken).ConfigureAwait(false);
        var now = Settings(place, options, after).ToDictionary(s => s.Name, s => s.Actual);
        return [.. settings.Select(s => Compared(place, before, s)).Select(c => Applied(c, now[c.Setting])), .. Harmful(place, after)];
    }

    private static BucketSetting Applied(BucketSetting compared, string now) => compared.State != BucketSettingState.Drifted ? compared
        : now == compared.Desired ? compared with { State = BucketSettingState.Changed }
        : compared with { State = BucketSettingState.Unsupported, Detail = $"the server took the setting and did not keep it: it is {now}" };

    private static S3Location Prepare(string location, BucketProtectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var place = S3Location.Parse(location);
        options.Validate();
        return place;
    }

    private static BucketSetting Compared(S3Location place, BucketState state, (BucketPart Part, string Name, string Actual, string? Desired) setting)
    {
        var said = state.Unsupported.GetValueOrDefault(setting.Part);
        return new BucketSetting
        {
            Bucket = place.Bucket,
            Setting = setting.Name,
            Actual = said is null ? setting.Actual : "unknown",
            Desired = setting.Desired,
            State = setting.Desired is null ? BucketSettingState.Found
                : said is not null ? BucketSettingState.Unsupported
                : setting.Actual == setting.Desired ? BucketSettingState.Kept
                : BucketSettingState.Drifted,
            Detail = said ?? Note(setting.Name, setting.Desired),
        };
    }

    private static IEnumerable<BucketSetting> Harmful(S3Location place, BucketState state) => state.Harmful().Select(h => new BucketSetting
    {
        Bucket = place.Bucket,
        Setting = "LifecycleRule",
        Actual = h.Rule,
        State = BucketSettingState.Harmful,
        Detail = $"The rule {h.Harm}.",
    });

    private static string? Note(string name, string? desired) => desired is null or BucketState.None ? null : name switch
    {
        nameof(BucketProtectionOptions.GlacierDays) => "Older packs must be thawed before they can be restored or verified: hours.",
        nameof(BucketProtectionOptions.DeepArchiveDays) => "Older packs must be thawed before they can be restored or verified: up to two days.",
        nameof(BucketProtectionOptions.ReplicationBucket) => "What is there already is not replicated: use drtools copy, or S3 Batch Replication.",
        _ => null,
    };

    private static IEnumerable<(BucketPart Part, string Name, string Actual, string? Desired)> Settings(S3Location place, BucketProtectionOptions options, BucketState state)
    {
        _ = place;
        yield return (BucketPart.Versioning, nameof(options.Versioning), state.Versioning, options.Versioning switch
        {
            null => null,
            true => "on",

            // Versioning that was never on cannot be suspended, and need not be.
            false => state.Versioning == "off" ? "off" : "suspended",
        });
        yield return (BucketPart.PublicAccess, nameof(options.BlockPublicAccess), state.PublicAccessText, options.BlockPublicAccess switch { null => null, true => "all", false => BucketState.None });
        yield return (BucketPart.Encryption, nameof(options.Encryption), state.EncryptionText, options.Encryption switch
        {
            null => null,
            BucketEncryption.S3 => "AES256",
            _ => options.KmsKey is null ? "aws:kms" : $"aws:kms {options.KmsKey}",
        });
        yield return Days(nameof(options.InfrequentAccessDays), state.DaysTo(S3StorageClass.StandardInfrequentAccess), options.InfrequentAccessDays);
        yield return Days(nameof(options.GlacierDays), state.DaysTo(S3StorageClass.Glacier), options.GlacierDays);
        yield return Days(nameof(options.DeepArchiveDays), state.DaysTo(S3StorageClass.DeepArchive), options.DeepArchiveDays);
        yield return Days(nameof(options.OldVersionDays), state.OldVersionDays, options.OldVersionDays);
        yield return Days(nameof(options.AbortUploadDays), state.AbortUploadDays, options.AbortUploadDays);
        yield return (BucketPart.Replication, nameof(options.ReplicationBucket), state.ReplicationBucket, options.ReplicationBucket switch { null => null, "" => BucketState.None, var bucket => ReplicationRules.ArnOf(bucket) });
        yield return (BucketPart.Replication, nameof(options.ReplicationRole), state.ReplicationRole, options.ReplicationBucket is { Length: > 0 } ? options.ReplicationRole : null);
        yield return (BucketPart.Replication, nameof(options.ReplicationStorageClass), state.ReplicationStorageClass, options.ReplicationStorageClass?.ToUpperInvariant());
        yield return (BucketPart.Replication, nameof(options.ReplicationTime), state.HasReplicationTime ? "on" : "off", options.ReplicationTime switch { null => null, true => "on", false => "off" });

        static (BucketPart, string, string, string?) Days(string name, int? actual, int? desired) =>
            (BucketPart.Lifecycle, name, BucketState.DaysText(actual), desired is null ? null : BucketState.DaysText(desired));
    }
}
