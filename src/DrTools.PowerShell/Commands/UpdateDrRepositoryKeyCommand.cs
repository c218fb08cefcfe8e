using System.Management.Automation;
using System.Security;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Commands;

/// <summary>Has another secret open a repository; the one before does so no longer.</summary>
[Cmdlet(VerbsData.Update, "DrRepositoryKey", SupportsShouldProcess = true, DefaultParameterSetName = PassphraseSet)]
[OutputType(typeof(DrRepository))]
public sealed class UpdateDrRepositoryKeyCommand : PipedRepositoryCommand
{
    private const string PassphraseSet = "Passphrase";
    private const string KeyFileSet = "KeyFile";
    private const string KmsKeySet = "KmsKey";
    private const string UnencryptedSet = "Unencrypted";

    /// <summary>The passphrase that shall open it from now on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet)]
    [ValidateNotNull]
    public SecureString? NewPassphrase { get; set; }

    /// <summary>The key file that shall open it from now on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyFileSet)]
    [ValidateNotNullOrEmpty]
    public string? NewKeyFile { get; set; }

    /// <summary>The key of AWS KMS that shall open it from now on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KmsKeySet)]
    [ValidateNotNullOrEmpty]
    public string? NewKmsKey { get; set; }

    /// <summary>Has it open without a secret from now on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = UnencryptedSet)]
    public SwitchParameter Unencrypted { get; set; }

    /// <summary>Returns the repository.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        using var credential = RepositorySecret.Given(NewPassphrase, NewKeyFile is null ? null : ResolvePath(NewKeyFile), NewKmsKey) ?? RepositoryCredential.None;
        if (!ShouldProcess(repository.Location, $"Replace the secret that opens it ({repository.KeyProtection}) by a new one"))
        {
            return;
        }

        Await(async stop =>
        {
            await new RepositoryFactory().RotateKeyAsync(repository.Opened, credential, stop).ConfigureAwait(false);
            return repository;
        });
        if (PassThru)
        {
            WriteObject(HandOut(repository));
        }
    }
}
