namespace DrTools.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
        ["init", "backup", "list", "runs", "verify", "copy", "copies", "cost", "regions", "plan document", "restore", "restore-table", "progress", "window", "find-point", "expire", "pin", "unpin", "remove", "check", "check-source", "upgrade", "place", "key list", "key add", "key rotate", "key remove", "deposit recipient", "deposit create", "deposit list", "deposit receive", "archive enable", "archive switch", "wal push", "wal get", "wal receive", "restart", "kit", "demo", "report", "evidence test"];

    [Fact]
    public async Task The_version_is_one_line()
    {
        using var workspace = new Workspace();
        var result = (await workspace.RunAsync("--version")).Expect(0);
        Assert.Matches(@"^drtools \d+\.\d+\.\d+\S*\n$", result.Out);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task The_help_names_every_command_and_exit_code()
    {
        using var workspace = new Workspace();
        var help = (await workspace.RunAsync("--help")).Expect(0).Out;
        foreach (var row in Commands)
        {
            Assert.Contains($"\n  {row.Data.Split(' ')[0]} ", help, StringComparison.Ordinal);
        }

        var codes = help[help.IndexOf("Exit codes:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(l => l.Length > 0).Select(l => int.Parse(l[..5], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal([0, 1, 3, 10, 11, 12, 20, 64, 75, 126, 130], codes);
        Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 100, line));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_has_help_without_undescribed_options(string command)
    {
        using var workspace = new Workspace();
        var help = (await workspace.RunAsync([.. command.Split(' '), "--help"])).Expect(0).Out;
        Assert.StartsWith("Description:", help, StringComparison.Ordinal);
        Assert.Contains("--json", help, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^  --[a-z-]+( <[^>]+>)?\s*$", help);
        if (command is not ("init" or "demo" or "restart" or "progress" or "deposit create" or "cost" or "regions" or "plan document" or "report"))
        {
            Assert.Contains("--repo <LOCATION>", help, StringComparison.Ordinal);
        }
    }
}
