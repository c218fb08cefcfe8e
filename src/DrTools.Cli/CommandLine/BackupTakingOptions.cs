using System.CommandLine;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.Cli.CommandLine;

/// <summary>What is backed up, and how, wherever the backup goes.</summary>
internal sealed class BackupTakingOptions
{
    private readonly Argument<string[]> _sources = new("source")
    {
        Description = "What to back up: files:PATH, sqlite:FILE, or postgresql://user@host:port/database (without the database: the cluster).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _reason = new("--reason") { Description = "Why it is taken; kept with it.", HelpName = "TEXT" };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave out what matches; may be repeated.", HelpName = "GLOB" };
    private readonly Option<bool> _oneFileSystem = new("--one-file-system") { Description = "Leave out other file systems mounted below." };
    private readonly Option<string?> _host = new("--host") { Description = "The host to file it under; this one's name if not given.", HelpName = "NAME" };
    private readonly Option<int?> _parallel = NumberOption.Create("--parallel", "Files read and frames compressed at once; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<int?> _level = NumberOption.Create("--level", "Zstandard level, 1 to 19; 3 if not given.", 1, 19);

    private readonly PostgreSqlBackupOptions _postgreSql = new();
    private readonly ServiceOptions _service;

    /// <param name="service">What a service of the plan means in place of sources.</param>
    public BackupTakingOptions(string service) => _service = new ServiceOptions(service);

    public void AddSourceTo(Command command) => command.Arguments.Add(_sources);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _reason, _exclude, _oneFileSystem, _host, _parallel, _level })
        {
            command.Options.Add(option);
        }

        _postgreSql.AddTo(command);
        _service.AddTo(command);
    }

    /// <summary>The service that is named in place of sources.</summary>
    /// <exception cref="DrException">As of <see cref="ServiceOptions.Read"/>, or sources are named as well.</exception>
    public (RecoveryPlan Plan, PlannedService Service)? Service(CommandRun run) =>
        _service.Read(run) is not { } named ? null
        : run.Get(_sources)!.Length == 0 ? named
        : throw new DrException(DrError.BadUsage, "Of a service the plan says what is backed up.", "Leave out the sources, or --service.");

    /// <summary>The sources that are named.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there are none.</exception>
    public List<TakenSource> Sources(CommandRun run)
    {
        var given = run.Get(_sources)!;
        return given.Length == 0
            ? throw new DrException(DrError.BadUsage, "What is to be backed up was not said.", "Name sources, such as files:/etc, or --service NAME of a plan.")
            : [.. given.Select(s => PlannedName.Is(s)
                ? Source(run, PlannedName.Source(s))
                : new TakenSource(SourceRegistry.Parse(s, WithOptions(run, new SourceOptions())), Read(run)))];
    }

    /// <summary>A source of a plan, with what is said here besides.</summary>
    public TakenSource Source(CommandRun run, PlannedSource planned)
    {
        var options = Read(run);
        return new TakenSource(
            SourceRegistry.Parse(planned.Address, WithOptions(run, planned.Options)),
            options with { Host = planned.Host ?? options.Host, Exclude = [.. planned.Exclude, .. options.Exclude] });
    }

    private SourceOptions WithOptions(CommandRun run, SourceOptions planned) => planned with
    {
        Exclude = [.. planned.Exclude, .. run.Get(_exclude)!],
        OneFileSystem = planned.OneFileSystem || run.Get(_oneFileSystem),
        Provider = _postgreSql.Read(run),
    };

    private BackupOptions Read(CommandRun run)
    {
        var defaults = new BackupOptions();
        return new BackupOptions
        {
            Reason = run.Get(_reason),
            Exclude = run.Get(_exclude)!,
            CompressionLevel = run.Get(_level) ?? defaults.CompressionLevel,
            Parallelism = run.Get(_parallel) ?? defaults.Parallelism,
            Host = run.Get(_host) ?? defaults.Host,
        };
    }
}

/// <summary>A source of which a backup is taken, and how.</summary>
internal sealed record TakenSource(ISource Source, BackupOptions Options);
