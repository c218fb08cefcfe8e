using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Wal;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools wal get</c>: fetches a file of PostgreSQL's log. Its help; <see cref="WalArguments"/> reads what
/// PostgreSQL calls it with.</summary>
internal sealed class WalGetCommand : WalCommand
{
    private readonly Argument<string> _file = new("file") { Description = "The file that is asked for (%f)." };
    private readonly Argument<string> _path = new("path") { Description = "Where it is to go (%p)." };
    private readonly Option<bool> _guard = new("--guard-tablespaces") { Description = "Refuse log that makes a tablespace in a folder where a server has one already." };
    private readonly Option<string[]> _mapping = new("--tablespace-mapping") { Description = "The folder of a tablespace that the log makes; may be repeated. Implies the guard.", HelpName = "OLD=NEW" };

    public WalGetCommand()
        : base(
            "get",
            """
            Fetch a file of PostgreSQL's log: restore_command = 'drtools wal get %f %p --repo LOCATION --key-file FILE'.

            Ends with 0 when the file is in place, with 1 when no repository has it, which ends recovery in good order, and
            with 126 when that could not be found out (a repository is away, a key is wrong, the file is damaged):
            PostgreSQL then stops instead of taking the log for ended. In a standby, which only asks again, it is 75.

            With --async a process in the background fetches the segments that follow into the spool, several at once.
            """)
    {
        Arguments.Add(_file);
        Arguments.Add(_path);
        Options.Add(_guard);
        Options.Add(_mapping);
    }

    protected override WalInvocation Read(CommandRun run) => new() { Action = WalAction.Get, FileName = run.Get(_file)!, Path = run.Get(_path)!, GuardsTablespaces = run.Get(_guard) || run.Get(_mapping)!.Length > 0, TablespaceMapping = run.Get(_mapping)! };
}
