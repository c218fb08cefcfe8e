using System.Management.Automation;
using DrTools.Verification;

namespace DrTools.PowerShell.Commands;

/// <summary>Checks what belongs to no single backup: header copies, journal, leases, pins, stray objects.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrRepository")]
[OutputType(typeof(RepositoryCheckResult), typeof(bool))]
public sealed class TestDrRepositoryCommand : PipedRepositoryCommand
{
    /// <summary>Returns only whether nothing is wrong.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        WriteVerbose($"Checking {repository}.");
        var result = Await(stop => new VerificationEngine(repository.Opened, new VerifyOptions()).CheckRepositoryAsync(stop));
        WriteObject(Quiet ? result.Passed : result);
    }
}
