using System.CommandLine;
using DrTools.Cli.Wal;

namespace DrTools.Cli.CommandLine;

/// <summary>A command that PostgreSQL calls for every file of its log. Several repositories can be given.</summary>
internal abstract class WalCommand : CliCommand
{
    private readonly LogRepositoryOptions _repositories = new("; slow");

    private readonly Option<bool> _async = new("--async") { Description = "Have a process in the background work ahead." };

    private readonly Option<string?> _spool = new("--spool")
    {
        Description = "Folder in which calls and that process leave word for each other. Also from DRTOOLS_SPOOL; /var/spool/drtools otherwise.",
        HelpName = "FOLDER",
    };

    private readonly Option<int?> _jobs = NumberOption.Create("--jobs", "How many files it handles at once; one per processor, at most 4.", 1, 32);

    private readonly Option<int?> _limit = NumberOption.Create("--spool-limit", "The most that is fetched ahead, MiB; 256 otherwise. When it is reached, or the disk is full, calls fetch by themselves.", 1, 1 << 20);

    protected WalCommand(string name, string description)
        : base(name, description)
    {
        _repositories.AddTo(this);
        Options.Add(_async);
        Options.Add(_spool);
        Options.Add(_jobs);
        Options.Add(_limit);
    }

    /// <summary>Its own arguments.</summary>
    protected abstract WalInvocation Read(CommandRun run);

    protected sealed override Task<ExitCode> RunAsync(CommandRun run) => Task.FromResult((ExitCode)WalRunner.Run(Read(run) with
    {
        Repositories = _repositories.Read(run),
        IsAsync = run.Get(_async),
        Spool = run.Get(_spool),
        Jobs = run.Get(_jobs) ?? 0,
        SpoolLimit = run.Get(_limit) ?? 0,
        Json = run.Output.IsJson,
    }));
}
