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
            """) => Arguments.Add(_path);

    protected override WalInvocation Read(CommandRun run) => new() { IsGet = false, Path = run.Get(_path)! };
}
