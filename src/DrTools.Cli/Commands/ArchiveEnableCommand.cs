using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools archive enable</c>: sets a server up to archive its log into the repository, and proves it.</summary>
internal sealed class ArchiveEnableCommand : RepositoryCommand
{
    private readonly Argument<string> _server = ServerArgument.Create();
    private readonly Option<string?> _keyFile = new("--archive-key-file") { Description = "The key file that the server's user opens the repository with.", HelpName = "FILE" };
    private readonly Option<string?> _program = new("--program") { Description = "This program, as the server's user starts it; its own path, or 'drtools' for a server elsewhere, if not given.", HelpName = "PATH" };
    private readonly Option<int?> _archiveTimeout = NumberOption.Create("--archive-timeout", "Seconds after which a segment is ended even if it is not full; 60 if not given, 0 for never.", 0, 86400);
    private readonly Option<bool> _restart = new("--restart") { Description = "Restart the server where a setting needs that." };
    private readonly ServerRestartCommandOptions _restarting = new();
    private readonly Option<bool> _force = new("--force") { Description = "Replace another archive_command." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be changed and change nothing." };

    public ArchiveEnableCommand()
        : base("enable", "Set a PostgreSQL server up to archive its log into the repository, and prove it with a segment that arrives.")
    {
        Arguments.Add(_server);
        foreach (var option in new Option[] { _keyFile, _program, _archiveTimeout, _restart })
        {
            Options.Add(option);
        }

        _restarting.AddTo(this);
        Options.Add(_force);
        Options.Add(_dryRun);
    }

    protected override string WhenInterrupted => "The settings were put back as they were, unless the server was being restarted.";

    protected override void Validate(CommandRun run) => _ = ServerAddress.ParseSource(run.Get(_server)!);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var server = ServerAddress.ParseSource(run.Get(_server)!);
        var program = run.Get(_program) ?? (server.IsLocal ? Environment.ProcessPath! : "drtools");
        var keyFile = run.Get(_keyFile) is { } given ? Path.GetFullPath(given) : null;
        var options = RepositoryArchiving.Into(repository, program, keyFile);
        options = options with
        {
            ArchiveTimeout = run.Get(_archiveTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : options.ArchiveTimeout,
            Force = run.Get(_force),
            Restart = run.Get(_restart) ? new ServerRestart(server, _restarting.Read(run)) : null,
        };
        var setup = new LogArchiveSetup(server, options);
        if (run.Get(_dryRun))
        {
            var plan = new LogArchiveResult { Changes = await setup.PlanAsync(run.Cancellation).ConfigureAwait(false), RestartNeeded = false };
            run.Output.Result(ArchivingDocument.Of(server, plan, dryRun: true), CliJson.Documents.ArchivingDocument, text => ArchivingLines.Write(text, run.Output.Palette, server, plan, dryRun: true));
            return ExitCode.Done;
        }

        var result = await setup.RunAsync(run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(ArchivingDocument.Of(server, result, dryRun: false), CliJson.Documents.ArchivingDocument, text => ArchivingLines.Write(text, run.Output.Palette, server, result, dryRun: false));
        if (result.RestartNeeded)
        {
            run.Output.Warn($"{server.SourceName} has to be restarted before anything is archived (drtools restart); then run this again, which proves it.");
        }

        return ExitCode.Done;
    }
}
