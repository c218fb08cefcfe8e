using System.CommandLine;
using DrTools.PostgreSql.Administration;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that say how a server is restarted.</summary>
internal sealed class ServerRestartCommandOptions
{
    private readonly Option<string?> _service = new("--service-command") { Description = "A command that restarts the server ('systemctl restart postgresql@15-main'); pg_ctl if not given.", HelpName = "COMMAND" };
    private readonly Option<string?> _dataDirectory = new("--data-directory") { Description = "Where the data directory is, if not where the server says.", HelpName = "DIR" };
    private readonly Option<int?> _timeout = NumberOption.Create("--timeout", "Seconds to wait until it accepts connections again; 120 if not given.", 1, 86400);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _service, _dataDirectory, _timeout })
        {
            command.Options.Add(option);
        }
    }

    public ServerRestartOptions Read(CommandRun run)
    {
        var defaults = new ServerRestartOptions();
        return defaults with
        {
            ServiceCommand = run.Get(_service),
            DataDirectory = run.Get(_dataDirectory),
            Timeout = run.Get(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.Timeout,
        };
    }
}
