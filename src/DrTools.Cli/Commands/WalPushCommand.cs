using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Wal;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools wal push</c>: archives a file of PostgreSQL's log. Its help; <see cref="WalArguments"/> reads what
/// PostgreSQL calls it with.</summary>
internal sealed class WalPushCommand : WalCommand
{
    private readonly Argument<string> _path = new("path") { Description = "The file (%p)." };

    public WalPushCommand()
        : base(
            "push",
            """
            Archive a file of PostgreSQL's log: archive_command = 'drtools wal push %p --repo LOCATION --key-file FILE'.

            Ends with 0 only when every repository has the file durably; PostgreSQL keeps the file and tries again after any
            other code. A file that is there already with the same content is success; with other content it is refused.

            With --async a process in the background looks ahead and stores what PostgreSQL is going to ask for, several files
            at once; a call for what is durable already returns at once.
            """) => Arguments.Add(_path);

    protected override WalInvocation Read(CommandRun run) => new() { Action = WalAction.Push, Path = run.Get(_path)! };
}
