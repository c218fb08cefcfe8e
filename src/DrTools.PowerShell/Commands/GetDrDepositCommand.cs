using System.Management.Automation;
using DrTools.Deposits;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists deposits.</summary>
[Cmdlet(VerbsCommon.Get, "DrDeposit")]
[OutputType(typeof(Deposit))]
public sealed class GetDrDepositCommand : DepositInboxCommand
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = TryOpenRepository();
        var inbox = new DepositInbox(ResolvedLocation);
        WriteObject(Await(stop => inbox.ListAsync(repository?.Opened, HostName, stop).AsTask()), enumerateCollection: true);
    }
}
