using System.Management.Automation;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;

namespace DrTools.PowerShell.Commands;

/// <summary>Sets a server up to archive its log into a repository, and proves it.</summary>
[Cmdlet(VerbsLifecycle.Enable, "DrLogArchive", SupportsShouldProcess = true)]
[OutputType(typeof(LogArchiveResult), typeof(SettingChange))]
public sealed class EnableDrLogArchiveCommand : ServerCommand
{
    /// <summary>The key file that the server's user opens the repository with.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ArchiveKeyFile { get; set; }

    /// <summary>The program drtools, as the server's user starts it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>After how long a segment is ended even if it is not full; zero for never.</summary>
    [Parameter]
    public TimeSpan ArchiveTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Restarts the server where a setting needs that.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>A command that restarts the server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ServiceCommand { get; set; }

    /// <summary>Where the data directory is, if not where the server says.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>How long to wait for the segment that proves it.</summary>
    [Parameter]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Replaces another archive command.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void ProcessServer(ServerAddress server)
    {
        var repository = OpenRepository();
        var options = RepositoryArchiving.Into(repository.Opened, Program ?? (server.IsLocal ? ModuleProgram.Path : null) ?? "drtools", ArchiveKeyFile is null ? null : ResolvePath(ArchiveKeyFile)) with
        {
            Password = Password,
            ArchiveTimeout = ArchiveTimeout,
            Force = Force,
            Timeout = Timeout,
            Restart = Restart || ServiceCommand is not null
                ? new ServerRestart(server, new ServerRestartOptions { Password = Password, ServiceCommand = ServiceCommand, DataDirectory = DataDirectory is null ? null : ResolvePath(DataDirectory) })
                : null,
        };
        var setup = new LogArchiveSetup(server, options);
        if (!ShouldProcess(server.SourceName, $"Archive the log into {repository} with: {options.Command}"))
        {
            if (IsWhatIf)
            {
                WriteObject(Await(setup.PlanAsync), enumerateCollection: true);
            }

            return;
        }

        var result = Await(setup.RunAsync);
        WriteObject(result);
        if (result.RestartNeeded)
        {
            WriteWarning($"{server.SourceName} has to be restarted before anything is archived (Restart-DrDatabase); then run Enable-DrLogArchive again, which proves it.");
        }
    }
}
