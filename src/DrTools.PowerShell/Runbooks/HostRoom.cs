using System.Management.Automation;
using System.Management.Automation.Host;
using DrTools.Drills;

namespace DrTools.PowerShell.Runbooks;

/// <summary>The people before PowerShell's host. Lines are shown as Write-Host shows them.</summary>
internal sealed class HostRoom(PSCmdlet cmdlet) : IDrillRoom
{
    private const string ConsoleHost = "ConsoleHost";

    /// <summary>Whether somebody can be asked.</summary>
    public bool HasPeople => cmdlet.Host?.UI is not null && cmdlet.Host.Name switch
    {
        "Default Host" => false,
        ConsoleHost => !Console.IsInputRedirected && !Environment.GetCommandLineArgs().Any(a => a.TrimStart('-').StartsWith("noni", StringComparison.OrdinalIgnoreCase)),
        _ => true,
    };

    public void Show(string line) => cmdlet.WriteInformation(new HostInformationMessage { Message = line }, ["PSHOST"]);

    public string? Listen()
    {
        try
        {
            cmdlet.Host.UI.Write("> ");
            return cmdlet.Host.UI.ReadLine();
        }
        catch (Exception e) when (e is HostException or PSInvalidOperationException or PSNotImplementedException)
        {
            throw new DrException(DrError.BadUsage, $"Nobody can be asked here: {e.Message}", "Run it where PowerShell is interactive, or give what is said with -Answers.", e);
        }
    }
}
