using DrTools.Copies;
using DrTools.Plans.Shapes;
using DrTools.Repositories;

namespace DrTools.Plans.Keys;

/// <summary>Keys of repositories and copies.</summary>
internal static class RepositoryKeys
{
    private static readonly Key<string> Location = new("location", Any.Location, "A folder, from the plan's folder if relative; or s3://BUCKET/PREFIX.", isRequired: true);
    private static readonly Key<string> Medium = new("medium", Any.Text, "The kind of medium that it is on: disk, tape, object.");
    private static readonly Key<string> Site = new("site", new NameShape(NameKind.Site), "The site that it is at.");
    private static readonly Key<SecretReference> Passphrase = new("passphrase", Any.Secret, "Where its passphrase lies: env:NAME, file:PATH or vault:NAME; never the passphrase.");
    private static readonly Key<string> KeyFile = new("keyFile", Any.Path, "Path of its key file.");
    private static readonly Key<string> KmsKey = new("kmsKey", Any.Text, "The KMS key that opens it: its ARN, or alias/NAME.");
    private static readonly Key<SecretReference> RecoveryPassphrase = new("passphrase", Any.Secret, "Where a passphrase lies: env:NAME, file:PATH or vault:NAME; never the passphrase.");
    private static readonly Key<string> RecoveryKeyFile = new("keyFile", Any.Path, "Path of a key file.");
    private static readonly Key<string> RecoveryKmsKey = new("kmsKey", Any.Text, "A KMS key: its ARN, or alias/NAME.");
    private static readonly Key<IReadOnlyList<RecoveryKey>> RecoveryKeys = new(
        "recoveryKeys",
        new ListShape<RecoveryKey>(new ObjectShape<RecoveryKey>(
            "recoveryKey",
            [RecoveryPassphrase, RecoveryKeyFile, RecoveryKmsKey],
            v => new RecoveryKey { Passphrase = v.Get(RecoveryPassphrase), KeyFile = v.Get(RecoveryKeyFile), KmsKey = v.Get(RecoveryKmsKey), Position = v.Position })
        { ExactlyOneOf = [RecoveryPassphrase, RecoveryKeyFile, RecoveryKmsKey] }),
        "What opens it when the key above is lost with the host: keys of their own (drtools key add) that lie elsewhere.");

    private static readonly Key<string> StorageClass = new("storageClass", Any.Text, "Class of its storage, as costs.storage names it.");

    private static readonly Key<CopyRule> Rule = new("rule", Any.CopyRule, "Numbers of copies, media and copies elsewhere: 3-2-1; if wanted also of immutable and of unverified ones: 3-2-1-1-0.", isRequired: true);
    private static readonly Key<TimeSpan> MaximumAge = new("maximumAge", Any.Duration, "How old the newest backup of a copy may be for it to count.");
    private static readonly Key<TimeSpan> VerifiedWithin = new("verifiedWithin", Any.Duration, "How long ago a copy may have been verified; 31d if not given.");
    private static readonly Key<string> ProductionMedium = new("productionMedium", Any.Text, "The kind of medium that production data is on; disk if not given.");

    public static ObjectShape<PlannedRepository> Repository { get; } = new(
        "repository",
        [Location, Medium, Site, Passphrase, KeyFile, KmsKey, RecoveryKeys, StorageClass],
        MakeRepository)
    { AtMostOneOf = [Passphrase, KeyFile, KmsKey] };

    public static ObjectShape<PlannedCopies> Copies { get; } = new(
        "copies",
        [Rule, MaximumAge, VerifiedWithin, ProductionMedium],
        v =>
        {
            var rule = v.Required(Rule);
            return new PlannedCopies
            {
                Rule = rule with
                {
                    MaximumAge = v.Maybe(MaximumAge),
                    VerifiedWithin = v.Maybe(VerifiedWithin) ?? rule.VerifiedWithin,
                    ProductionMedium = v.Get(ProductionMedium) ?? rule.ProductionMedium,
                },
                Position = v.Position,
            };
        });

    private static PlannedRepository? MakeRepository(KeyValues v)
    {
        try
        {
            return RequireOthers(v, new PlannedRepository
            {
                Name = v.Name,
                Location = v.Required(Location),
                Place = new RepositoryPlace(v.Get(Medium), v.Get(Site)),
                Passphrase = v.Get(Passphrase),
                KeyFile = v.Get(KeyFile),
                KmsKey = v.Get(KmsKey),
                RecoveryKeys = v.List(RecoveryKeys),
                StorageClass = v.Get(StorageClass),
                Position = v.Position,
            });
        }
        catch (DrException e)
        {
            v.Reading.Problem(v.PositionOf(Medium), e.Message, e.Remedy);
            return null;
        }
    }

    /// <summary>What is lost with the host cannot be what is left.</summary>
    private static PlannedRepository? RequireOthers(KeyValues v, PlannedRepository repository)
    {
        var same = repository.RecoveryKeys.Where(k =>
            (k.Passphrase is not null && k.Passphrase == repository.Passphrase)
            || (k.KeyFile is not null && k.KeyFile == repository.KeyFile)
            || (k.KmsKey is not null && k.KmsKey == repository.KmsKey)).ToList();
        foreach (var key in same)
        {
            v.Reading.Problem(v.PositionOf(RecoveryKeys), $"The recovery key {key} is the key that the repository is opened with every day: when that is lost, so is this.", "Name another key that lies elsewhere; add it with: drtools key add (Add-DrRepositoryKey).");
        }

        return same.Count == 0 ? repository : null;
    }
}
