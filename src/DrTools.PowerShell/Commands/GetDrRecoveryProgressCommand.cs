using System.Management.Automation;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Tells how far a server in recovery is.</summary>
[Cmdlet(VerbsCommon.Get, "DrRecoveryProgress", DefaultParameterSetName = DirectorySet)]
[OutputType(typeof(RecoveryProgress))]
public sealed class GetDrRecoveryProgressCommand : CancellableCommand
{
    private const string DirectorySet = "DataDirectory";
    private const string SourceSet = "Source";

    /// <summary>The data directory, on this host.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = DirectorySet)]
    [ValidateNotNullOrEmpty]
    public string DataDirectory { get; set; } = string.Empty;

    /// <summary>The server.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string Source { get; set; } = string.Empty;

    /// <summary>The user and password to connect with.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var password = Credential?.GetNetworkCredential().Password;
        WriteObject(Await(Monitor(password).ReadAsync));
    }

    private RecoveryMonitor Monitor(string? password)
    {
        if (ParameterSetName == DirectorySet)
        {
            return new RecoveryMonitor(ResolvePath(DataDirectory), Credential?.UserName, password);
        }

        var server = ServerAddress.ParseSource(Source);
        return new RecoveryMonitor(server with { User = Credential?.UserName ?? server.User }, password);
    }
}
