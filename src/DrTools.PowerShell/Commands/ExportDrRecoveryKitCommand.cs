using System.Management.Automation;
using DrTools.Kit;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes what is needed to recover without this host.</summary>
[Cmdlet(VerbsData.Export, "DrRecoveryKit", SupportsShouldProcess = true)]
[OutputType(typeof(RecoveryKitResult))]
public sealed class ExportDrRecoveryKitCommand : PipedRepositoryCommand
{
    /// <summary>A new or empty folder.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var folder = ResolvePath(Destination);
        if (ShouldProcess(folder, $"Write the recovery kit of {repository}"))
        {
            WriteObject(Await(stop => new RecoveryKit(repository.Opened).ExportAsync(folder, Program(), stop)));
        }
    }

    /// <summary>The program lies beside the module where it was packaged with it.</summary>
    private static string? Program()
    {
        var tools = Path.Combine(Path.GetDirectoryName(typeof(ExportDrRecoveryKitCommand).Assembly.Location)!, "tools");
        return Directory.Exists(tools) ? tools : null;
    }
}
