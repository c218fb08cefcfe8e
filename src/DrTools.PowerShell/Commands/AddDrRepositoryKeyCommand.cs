using System.Management.Automation;
using System.Security;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Commands;

/// <summary>Lets a further secret open a repository.</summary>
[Cmdlet(VerbsCommon.Add, "DrRepositoryKey", SupportsShouldProcess = true, DefaultParameterSetName = PassphraseSet)]
[OutputType(typeof(RepositoryKeyInfo))]
public sealed class AddDrRepositoryKeyCommand : PipedRepositoryCommand
{
    private const string PassphraseSet = "Passphrase";
    private const string KeyFileSet = "KeyFile";
    private const string KmsKeySet = "KmsKey";
    private const string GenerateSet = "Generate";

    /// <summary>The passphrase that shall open it too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PassphraseSet)]
    [ValidateNotNull]
    public SecureString? NewPassphrase { get; set; }

    /// <summary>The key file that shall open it too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeyFileSet)]
    [ValidateNotNullOrEmpty]
    public string? NewKeyFile { get; set; }

    /// <summary>The key of AWS KMS that shall open it too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KmsKeySet)]
    [ValidateNotNullOrEmpty]
    public string? NewKmsKey { get; set; }

    /// <summary>A key file to make, which shall open it too.</summary>
    [Parameter(Mandatory = true, ParameterSetName = GenerateSet)]
    [ValidateNotNullOrEmpty]
    public string? GenerateKeyFile { get; set; }

    /// <summary>Whose it is or where it lies.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Label { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        if (!ShouldProcess(repository.Location, $"Let a further secret open it{(GenerateKeyFile is null ? string.Empty : $", the key file {GenerateKeyFile}, which is made")}"))
        {
            return;
        }

        if (GenerateKeyFile is not null)
        {
            WriteObject(Await(stop => new RepositoryFactory().AddGeneratedKeyAsync(repository.Opened, ResolvePath(GenerateKeyFile), Label, stop).AsTask()));
            return;
        }

        using var credential = RepositorySecret.Given(NewPassphrase, NewKeyFile is null ? null : ResolvePath(NewKeyFile), NewKmsKey)!;
        WriteObject(Await(stop => new RepositoryFactory().AddKeyAsync(repository.Opened, credential, Label, stop).AsTask()));
    }
}
