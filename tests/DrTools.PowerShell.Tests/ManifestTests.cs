using System.Text.RegularExpressions;

namespace DrTools.PowerShell.Tests;

public sealed class ManifestTests
{
    private readonly string _manifest = File.ReadAllText(SourceTree.PathOf("DrTools.psd1"));

    [Fact]
    public void The_cmdlets_exported_are_those_of_the_assembly()
    {
        var list = Regex.Match(_manifest, @"CmdletsToExport\s*=\s*@\(([^)]*)\)").Groups[1].Value;
        Assert.Equal(CmdletMetadata.All.Select(c => c.Name), Regex.Matches(list, "'([^']+)'").Select(m => m.Groups[1].Value));
    }

    [Theory]
    [InlineData("FunctionsToExport")]
    [InlineData("AliasesToExport")]
    [InlineData("VariablesToExport")]
    public void Nothing_else_is_exported(string list) => Assert.Matches($@"{list}\s*=\s*@\(\)", _manifest);

    [Fact]
    public void The_version_is_that_of_the_build() => Assert.Equal(SourceTree.Version, Value("ModuleVersion"));

    [Fact]
    public void The_loader_comes_before_the_cmdlets()
    {
        Assert.Equal("DrTools.PowerShell.dll", Value("RootModule"));
        Assert.Matches(@"NestedModules\s*=\s*@\('DrTools\.PowerShell\.Loader\.dll', 'DrTools\.Pester\.psm1'\)", _manifest);
    }

    [Fact]
    public void It_says_what_a_gallery_asks_for()
    {
        Assert.Matches(@"CompatiblePSEditions\s*=\s*@\('Core'\)", _manifest);
        Assert.Equal("7.6", Value("PowerShellVersion"));
        Assert.All(["Author", "Copyright", "Description", "GUID", "ReleaseNotes"], key => Assert.NotEmpty(Value(key)));
        Assert.Matches(@"Tags\s*=\s*@\('", _manifest);
        Assert.True(File.Exists(SourceTree.PathOf("LICENSE")));
    }

    private string Value(string key) => Regex.Match(_manifest, $@"{key}\s*=\s*'([^']*)'").Groups[1].Value;
}
