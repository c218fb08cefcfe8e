using System.CommandLine;
using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.Cli.CommandLine;

/// <summary>What is backed up, and how, wherever the backup goes.</summary>
internal sealed class BackupTakingOptions
{
    private readonly Argument<string[]> _sources = new("source")
    {
        Description = "What to back up: files:PATH, sqlite:FILE, or postgresql://user@host:port/database (without the database: the cluster).",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _reason = new("--reason") { Description = "Why it is taken; kept with it.", HelpName = "TEXT" };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave out what matches; may be repeated.", HelpName = "GLOB" };
    private readonly Option<bool> _oneFileSystem = new("--one-file-system") { Description = "Leave out other file systems mounted below." };
    private readonly Option<string?> _host = new("--host") { Description = "The host to file it under; this one's name if not given.", HelpName = "NAME" };
    private readonly Option<int?> _parallel = NumberOption.Create("--parallel", "Files read and frames compressed at once; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<int?> _level = NumberOption.Create("--level", "Zstandard level, 1 to 19; 3 if not given.", 1, 19);

    private readonly PostgreSqlBackupOptions _postgreSql = new();

    public void AddSourceTo(Command command) => command.Arguments.Add(_sources);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _reason, _exclude, _oneFileSystem, _host, _parallel, _level })
        {
            command.Options.Add(option);
        }

        _postgreSql.AddTo(command);
    }

    public List<ISource> Sources(CommandRun run)
    {
        var options = new SourceOptions { Exclude = run.Get(_exclude)!, OneFileSystem = run.Get(_oneFileSystem), Provider = _postgreSql.Read(run) };
        return [.. run.Get(_sources)!.Select(s => SourceRegistry.Parse(s, options))];
    }

    public BackupOptions Read(CommandRun run)
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
