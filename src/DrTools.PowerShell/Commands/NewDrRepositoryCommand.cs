using System.Management.Automation;
using System.Security;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Locks;
using DrTools.Stores;

namespace DrTools.PowerShell.Commands;

/// <summary>Creates a repository.</summary>
[Cmdlet(VerbsCommon.New, "DrRepository", SupportsShouldProcess = true, DefaultParameterSetName = PassphraseSet)]
[OutputType(typeof(DrRepository))]
public sealed class NewDrRepositoryCommand : CancellableCommand
{
    private const string PassphraseSet = "Passphrase";
    private const string KeyFileSet = "KeyFile";
    private const string KmsKeySet = "KmsKey";
    private const string UnencryptedSet = "Unencrypted";

    /// <summary>Where: a folder that is missing or empty, or <c>s3://BUCKET/PREFIX</c> with nothing in it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Location { get; set; } = string.Empty;

    /// <summary>The passphrase that shall open it.</summary>
    [Parameter(ParameterSetName = PassphraseSet)]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key file that shall open it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyFileSet)]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>The key of AWS KMS that shall open it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KmsKeySet)]
    [ValidateNotNullOrEmpty]
    public string? KmsKey { get; set; }

    /// <summary>Creates it without a secret: whoever can read the folder can read the backups.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UnencryptedSet)]
    public SwitchParameter Unencrypted { get; set; }

    /// <summary>On what kind of medium it is: disk, tape, object, …</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Medium { get; set; }

    /// <summary>At which site it is.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Site { get; set; }

    /// <summary>Locks every object, so that until a time nobody can remove or change it. Needs a bucket with Object Lock, and
    /// <see cref="RetentionDays"/>.</summary>
    [Parameter]
    public ObjectLockMode? ObjectLockMode { get; set; }

    /// <summary>How many days ahead everything that is kept is locked.</summary>
    [Parameter]
    [ValidateRange(1, LockPolicy.MaximumDays)]
    public int? RetentionDays { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var planned = PlannedName.Is(Location) ? PlannedName.Repository(SessionPath.DefaultPlan(SessionState.Path), Location) : null;
        var place = new RepositoryPlace(Medium ?? planned?.Place.Medium, Site ?? planned?.Place.Site);
        var location = planned?.Location ?? SessionPath.ResolveLocation(SessionState.Path, Location);
        var locks = (ObjectLockMode, RetentionDays) switch
        {
            (null, null) => null,
            ({ } mode, { } days) => new LockPolicy(mode, days),
            _ => throw new DrException(DrError.BadUsage, "-ObjectLockMode and -RetentionDays belong together: one was given without the other.", "Give both, or neither."),
        };
        using var credential = Credential(planned);
        if (ShouldProcess(location, credential.Kind == KeySlotKind.None ? "Create an unencrypted repository" : "Create an encrypted repository"))
        {
            WriteObject(new DrRepository(Await(stop => new RepositoryFactory().CreateAsync(location, credential, place, locks, stop).AsTask())));
        }
    }

    private RepositoryCredential Credential(PlannedRepository? planned) => Unencrypted ? RepositoryCredential.None
        : planned is { HasSecret: true } && Passphrase is null && KeyFile is null && KmsKey is null ? new PlanRepositories(PlanAccess.Secrets(this)).Credential(planned)
        : RepositorySecret.Given(Passphrase, KeyFile is null ? null : ResolvePath(KeyFile), KmsKey) ?? RepositorySecret.FromEnvironment() ?? throw new DrException(
            DrError.KeyRequired,
            "Nothing says what shall open the repository.",
            "Give -Passphrase, -KeyFile or -KmsKey, or -Unencrypted to do without on purpose.");
}
