using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace DrTools.Cli.CommandLine;

/// <summary>Ends the help of <c>drtools</c> itself with the exit codes and the environment.</summary>
internal sealed class HelpWithExitCodes : SynchronousCommandLineAction
{
    private readonly HelpAction _help;

    public HelpWithExitCodes(HelpAction help)
    {
        _help = help;
        _help.MaxWidth = 100;
    }

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var status = _help.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is RootCommand)
        {
            output.WriteLine("Environment:");
            output.WriteLine("  DRTOOLS_REPOSITORY       Location of the repository, where --repo is not given.");
            output.WriteLine("  DRTOOLS_PASSPHRASE_FILE  File with the passphrase, where no option gives a secret.");
            output.WriteLine("  DRTOOLS_KEY_FILE         Key file, likewise.");
            output.WriteLine();
            output.WriteLine("Exit codes:");
            foreach (var (code, meaning) in ExitCodes.Meanings.OrderBy(m => m.Code))
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(int)code,3}  {meaning}"));
            }
        }

        return status;
    }
}
