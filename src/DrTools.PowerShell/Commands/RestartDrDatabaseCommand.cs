using System.Management.Automation;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;
using DrTools.PowerShell.Completion;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Restarts a database server, with checks before and after.</summary>
[Cmdlet(VerbsLifecycle.Restart, "DrDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ServerRestartResult), typeof(SourceFinding))]
public sealed class RestartDrDatabaseCommand : CancellableCommand
{
    /// <summary>The servers, such as postgresql:/var/run/postgresql or postgresql://db1:5432.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>A command that restarts the server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServiceCommand { get; set; }

    /// <summary>Where the data directory is, if not where the server says.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>How long to wait until it accepts connections again.</summary>
    [Parameter]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Restarts it without asking, and in spite of what the checks before found.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The user and password to connect with; otherwise the address, and password or service files, serve.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var text in Source)
        {
            try
            {
                var server = ServerAddress.ParseSource(text);
                Restart(server with { User = Credential?.UserName ?? server.User });
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    private void Restart(ServerAddress server)
    {
        var restart = new ServerRestart(server, new ServerRestartOptions
        {
            Password = Credential?.GetNetworkCredential().Password,
            ServiceCommand = ServiceCommand,
            DataDirectory = DataDirectory is null ? null : ResolvePath(DataDirectory),
            Force = Force,
            Timeout = Timeout,
        });
        if (!Confirm(Force, server.SourceName, $"Restart the server{(ServiceCommand is null ? string.Empty : $" with: {ServiceCommand}")}"))
        {
            if (IsWhatIf)
            {
                WriteObject(Await(restart.PlanAsync), enumerateCollection: true);
            }

            return;
        }

        var result = Await(restart.RunAsync);
        WriteObject(result);
        foreach (var finding in result.After.Where(f => f.Severity == FindingSeverity.Error))
        {
            WriteError(new DrException(DrError.ServerFailure, finding.Message, finding.Remedy ?? "Look at the server."), server.SourceName);
        }
    }
}
