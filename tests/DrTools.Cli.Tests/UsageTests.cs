namespace DrTools.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("bakup", "There is no command 'bakup'. Did you mean 'backup'?")]
    [InlineData("key rotat", "There is no command 'rotat'. Did you mean 'rotate'?")]
    [InlineData("backup --tpye full files:src", "There is no option '--tpye'. Did you mean '--type'?")]
    [InlineData("list --jsno", "There is no option '--jsno'. Did you mean '--json'?")]
    [InlineData("backup files:src --type fulll", "'fulll' is not a value of --type: it takes full, differential, incremental. Did you mean 'full'?")]
    [InlineData("backup files:src --level 20", "'20' is not a value of --level: it takes a whole number from 1 to 19.")]
    [InlineData("verify --percent 0", "'0' is not a value of --percent: it takes a whole number from 1 to 100.")]
    [InlineData("list extra", "'extra' is more than drtools list takes.")]
    [InlineData("expire", "What is to be kept was not said.")]
    [InlineData("expire --keep last=x", "The retention rule 'last=x' makes no sense")]
    [InlineData("restore latest", "Option '--target' is required.")]
    [InlineData("backup", "What is to be backed up was not said.")]
    [InlineData("backup filse:src", "'filse:src' is not a source.")]
    [InlineData("backup src", "'src' is not a source.")]
    [InlineData("backup files:", "'files:' is not a source.")]
    [InlineData("list --source shop.db", "'shop.db' is not a source.")]
    [InlineData("list --passphrase-file pass --key-file key", "More than one secret was given.")]
    [InlineData("restore nonsense --target x --source nonsense", "'nonsense' is not a source.")]
    [InlineData("demo --engine postgres", "'postgres' is not a value of --engine: it takes sqlite, postgresql. Did you mean 'postgresql'?")]
    [InlineData("demo --pg-bin /usr", "--pg-bin names the programs of PostgreSQL, and the demo would play on SQLite.")]
    [InlineData("demo --rto 0", "'0' is not a value of --rto: it takes a whole number from 1 to 86400.")]
    [InlineData("", "Required command was not provided.")]
    public async Task Bad_usage_says_what_is_wrong_and_ends_with_64(string line, string message)
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        var result = (await workspace.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Expect(64);
        Assert.StartsWith("drtools: " + message, result.Error, StringComparison.Ordinal);
        Assert.Contains("\n  remedy: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public async Task Without_a_repository_given_the_option_and_the_variable_are_named()
    {
        using var workspace = new Workspace();
        workspace.Environment.Remove("DRTOOLS_REPOSITORY");
        var result = (await workspace.RunAsync("list")).Expect(64);
        Assert.Contains("--repo LOCATION or in DRTOOLS_REPOSITORY", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_demo_without_a_server_says_what_to_install_and_makes_nothing()
    {
        using var workspace = new Workspace();
        var result = (await workspace.RunAsync("demo", "--engine", "postgresql", "--pg-bin", "src", "--workdir", "demo")).Expect(1);
        Assert.StartsWith("drtools: No server of PostgreSQL 15 or later is installed: none in src.", result.Error, StringComparison.Ordinal);
        Assert.Contains("[ToolMissing]", result.Error, StringComparison.Ordinal);
        Assert.Contains("remedy: Install one (apt-get install postgresql on Debian and Ubuntu", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.PathOf("demo")));
    }

    [Fact]
    public async Task A_parse_error_is_json_with_json()
    {
        using var workspace = new Workspace();
        var result = (await workspace.RunAsync("list", "--json", "--latset")).Expect(64);
        Assert.Empty(result.Out);
        Assert.Equal("BadUsage", result.ErrorDetails.GetProperty("id").GetString());
        Assert.Equal(64, result.ErrorDetails.GetProperty("exitCode").GetInt32());
    }
}
