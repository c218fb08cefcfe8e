using System.Diagnostics;

namespace DrTools.PowerShell.Tests;

/// <summary>The module as it is packaged, in a real PowerShell where there is one.</summary>
public sealed class PackagedModuleTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-module-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_staged_without_PowerShell_and_passes_the_Pester_tests()
    {
        var module = await StageAsync();
        Assert.True(File.Exists(Path.Combine(module, "DrTools.psd1")));
        Assert.True(File.Exists(Path.Combine(module, "dependencies", "DrTools.Core.dll")));
        Assert.True(File.Exists(Path.Combine(module, "en-US", "DrTools.PowerShell.dll-Help.xml")));
        Assert.Empty(Directory.GetFiles(module, "System.Management.Automation.dll", SearchOption.AllDirectories));
        var root = Directory.GetFiles(module, "*.dll").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
        Assert.Equal(["DrTools.PowerShell.Loader.dll", "DrTools.PowerShell.dll"], root);

        if (!await HasPesterAsync())
        {
            Assert.Skip("pwsh with Pester 5 is not installed.");
        }

        var tests = SourceTree.PathOf("tests", "pester", "Invoke-Tests.ps1");
        var (exitCode, text) = await RunAsync("pwsh", "-NoProfile", "-NonInteractive", "-File", tests, "-ModulePath", Path.Combine(_folder, "DrTools"));
        output.WriteLine(text);
        Assert.True(exitCode == 0, text);
    }

    private async Task<string> StageAsync()
    {
        var module = Path.Combine(_folder, "DrTools", SourceTree.Version) + Path.DirectorySeparatorChar;
        var (exitCode, text) = await RunAsync(
            "dotnet", "build", SourceTree.Module, "--configuration", SourceTree.Configuration, "--target:StageModule", "--property:ModuleFolder=" + module, "--nologo");
        Assert.True(exitCode == 0, text);
        return module;
    }

    private static async Task<bool> HasPesterAsync()
    {
        try
        {
            var (exitCode, _) = await RunAsync("pwsh", "-NoProfile", "-NonInteractive", "-Command", "Import-Module Pester -MinimumVersion 5.0 -ErrorAction Stop");
            return exitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["NO_COLOR"] = "1";

        // The test host's own settings must not reach into the build.
        start.Environment.Remove("MSBuildSDKsPath");
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildExtensionsPath");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await error);
    }
}
