using System.Management.Automation;
using DrTools.PostgreSql.Connections;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about PostgreSQL servers, which come first on its command line and through the pipeline.</summary>
public abstract class ServerCommand : RepositoryCommand
{
    /// <summary>The servers, such as postgresql:/var/run/postgresql or postgresql://db1:5432.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>The user and password to connect with; otherwise the address, and password or service files, serve.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The password of the credential, if there is one.</summary>
    private protected string? Password => Credential?.GetNetworkCredential().Password;

    /// <summary>Handles one server.</summary>
    private protected abstract void ProcessServer(ServerAddress server);

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        foreach (var text in Source)
        {
            try
            {
                var server = ServerAddress.ParseSource(text);
                ProcessServer(server with { User = Credential?.UserName ?? server.User });
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }
}
