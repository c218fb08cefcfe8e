using DrTools.Cli.CommandLine;

// PostgreSQL and monitoring start this program many times a minute: the version costs no command tree.
if (args is ["--version"])
{
    Console.Out.WriteLine(ProductVersion.Text);
    return 0;
}

return await CommandRunner.RunAsync(args).ConfigureAwait(false);
