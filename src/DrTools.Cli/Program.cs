using DrTools.Cli.CommandLine;
using DrTools.Cli.Wal;

// PostgreSQL and monitoring start this program many times a minute: the version costs no command tree.
if (args is ["--version"])
{
    Console.Out.WriteLine(ProductVersion.Text);
    return 0;
}

if (WalArguments.TryRead(args) is { } invocation)
{
    return WalRunner.Run(invocation);
}

return CommandRunner.RunAsync(args).GetAwaiter().GetResult();
