using System.Management.Automation;
using System.Security;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Plans and their secrets, as PowerShell reaches them.</summary>
internal static class PlanAccess
{
    /// <summary>Reads the plan that is meant: the one given, else the one that the environment names, else dr.yaml in the session's
    /// location.</summary>
    public static PlanReadResult Read(CancellableCommand command, PlanReference? reference) =>
        reference?.Plan is { } plan
            ? new PlanReadResult { File = plan.File, Plan = plan, Problems = [] }
            : PlanLoader.Read(SessionPath.Resolve(command.SessionState, PlanLoader.Choose(reference?.File)));

    /// <summary>Where the secrets of a plan's repositories come from. What the plan does not say, the environment does.</summary>
    public static PlanSecrets Secrets(CancellableCommand command, SecureString? passphrase = null, string? keyFile = null) => new()
    {
        Vault = name => FromVault(command, name),
        Otherwise = () => RepositorySecret.Choose(passphrase, keyFile),
    };

    /// <summary>Secrets of vaults that are to be read before work begins on another thread, where no cmdlet can be called.</summary>
    public static PlanSecrets WithVaultsRead(this PlanSecrets secrets, IEnumerable<PlannedRepository> repositories)
    {
        var read = new Dictionary<string, Func<char[]>>(StringComparer.Ordinal);
        foreach (var name in repositories.SelectMany(r => r.RecoveryKeys.Select(k => k.Passphrase).Prepend(r.Passphrase)).OfType<SecretReference>().Where(s => s.Place == SecretPlace.Vault).Select(s => s.Name).Distinct())
        {
            try
            {
                var secret = secrets.Vault!(name);
                read[name] = () => (char[])secret.Clone();
            }
            catch (DrException e)
            {
                read[name] = () => throw e;
            }
        }

        return secrets with { Vault = name => read[name]() };
    }

    private static char[] FromVault(CancellableCommand command, string name)
    {
        try
        {
            var found = command.InvokeCommand.InvokeScript("param($n) Get-Secret -Name $n -ErrorAction Stop", false, System.Management.Automation.Runspaces.PipelineResultTypes.None, null, name);
            return found is [{ BaseObject: SecureString secret }]
                ? Clear(secret)
                : throw new DrException(DrError.KeyRequired, $"The vault holds no passphrase called '{name}', or something else under that name.", $"Store it: Set-Secret -Name {name} -SecureStringSecret (Read-Host -AsSecureString).");
        }
        catch (RuntimeException e)
        {
            throw new DrException(DrError.KeyRequired, $"The secret '{name}' cannot be read from a vault: {e.Message}", "Install and unlock a vault (Microsoft.PowerShell.SecretManagement), or name a file in the plan: passphrase: file:PATH.", e);
        }
    }

    private static char[] Clear(SecureString secret)
    {
        var pointer = System.Runtime.InteropServices.Marshal.SecureStringToGlobalAllocUnicode(secret);
        try
        {
            var clear = new char[secret.Length];
            System.Runtime.InteropServices.Marshal.Copy(pointer, clear, 0, clear.Length);
            return clear;
        }
        finally
        {
            System.Runtime.InteropServices.Marshal.ZeroFreeGlobalAllocUnicode(pointer);
        }
    }
}
