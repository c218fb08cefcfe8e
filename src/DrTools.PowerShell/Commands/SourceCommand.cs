using System.Management.Automation;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.PowerShell.Completion;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about sources, which come first on its command line and through the pipeline.</summary>
public abstract class SourceCommand : CancellableCommand
{
    private protected const string SourceSet = "Source";

    private protected const string ServiceSet = "Service";

    /// <summary>The sources, such as files:/etc, sqlite:./shop.db or postgresql://db1:5432/shop.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Services of the plan instead: their sources.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServiceSet)]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

    /// <summary>The plan that has the services; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ParameterSetName = ServiceSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>PostgreSQL: the files of the cluster, or what pg_dump writes.</summary>
    [Parameter]
    public BackupMethod Method { get; set; } = BackupMethod.Default;

    /// <summary>PostgreSQL, logical: only these schemas.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Schema { get; set; } = [];

    /// <summary>PostgreSQL, logical: only these tables.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Table { get; set; } = [];

    /// <summary>PostgreSQL, physical: stores the WAL that makes a restored copy consistent with the backup.</summary>
    [Parameter]
    public SwitchParameter IncludeLog { get; set; }

    /// <summary>PostgreSQL, physical: which way the files come.</summary>
    [Parameter]
    public PhysicalTransport Transport { get; set; } = PhysicalTransport.Default;

    /// <summary>PostgreSQL, physical: where the data directory is, if not where the server says.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>PostgreSQL, logical: where pg_dump is looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <summary>The user and password to connect with; otherwise the address, and password or service files, serve.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>What these parameters say of servers.</summary>
    private protected PostgreSqlOptions PostgreSql => new()
    {
        Method = Method,
        Schemas = Schema,
        Tables = Table,
        IncludeWal = IncludeLog,
        Transport = Transport,
        DataDirectory = DataDirectory is null ? null : ResolvePath(DataDirectory),
        ProgramFolder = ProgramFolder is null ? null : ResolvePath(ProgramFolder),
        User = Credential?.UserName,
        Password = Credential?.GetNetworkCredential().Password,
    };

    /// <summary>The source that a text names.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/> or <see cref="DrError.BadUsage"/>.</exception>
    private protected ISource Parse(string text, SourceOptions options, PostgreSqlOptions provider) =>
        PlannedName.Is(text)
            ? throw new DrException(DrError.BadUsage, $"'{text}' names a service of the plan.", $"Give it as -Service {text[PlannedName.Prefix.Length..]}: then the plan also says what is left out.")
            : SourceRegistry.Parse(SessionPath.ResolveSource(SessionState, text), options with { Provider = provider });
}
