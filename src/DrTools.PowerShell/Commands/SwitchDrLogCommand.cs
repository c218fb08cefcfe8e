using System.Management.Automation;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PowerShell.Commands;

/// <summary>Ends the current segment of a server's log, and waits until it is archived.</summary>
[Cmdlet(VerbsCommon.Switch, "DrLog", SupportsShouldProcess = true)]
[OutputType(typeof(LogSwitchResult))]
public sealed class SwitchDrLogCommand : ServerCommand
{
    /// <summary>How long to wait for it.</summary>
    [Parameter]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    private protected override void ProcessServer(ServerAddress server)
    {
        var repository = TryOpenRepository();
        if (ShouldProcess(server.SourceName, $"End the current segment of its log, and wait until it is {(repository is null ? "archived" : $"in {repository}")}"))
        {
            var options = new LogSwitchOptions
            {
                Password = Password,
                Timeout = Timeout,
                Archive = repository is null ? null : new RepositoryWal(new LogArchive(repository.Opened)),
            };
            WriteObject(Await(stop => new LogSwitch(server, options).RunAsync(stop)));
        }
    }
}
