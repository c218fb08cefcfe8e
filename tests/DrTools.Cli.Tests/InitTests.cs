using System.Diagnostics;

namespace DrTools.Cli.Tests;

public sealed class InitTests
{
    [Fact]
    public async Task Without_a_secret_or_a_terminal_the_options_are_named()
    {
        using var workspace = new Workspace();
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        var result = (await workspace.RunAsync("init", "repo")).Expect(64);
        Assert.Contains("Give one of --passphrase-file, --key-file, --kms-key, --unencrypted.", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.PathOf("repo")));
    }

    [Fact]
    public async Task A_key_file_opens_what_it_created_and_a_passphrase_does_not()
    {
        using var workspace = new Workspace();
        (await workspace.RunAsync("init", "repo", "--key-file", "key")).Expect(0);
        (await workspace.RunAsync("list", "--key-file", "key")).Expect(0);
        (await workspace.RunAsync("list", "--passphrase-file", "pass")).Expect(12);
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        workspace.Environment["DRTOOLS_KEY_FILE"] = "key";
        (await workspace.RunAsync("list")).Expect(0);
    }

    [Fact]
    public async Task An_unencrypted_repository_needs_no_secret_and_one_given_is_refused()
    {
        using var workspace = new Workspace();
        (await workspace.RunAsync("init", "repo", "--unencrypted")).Expect(0);

        // Someone who can write to the store could have put an open repository in the place of a sealed one.
        Assert.Contains("is not encrypted", (await workspace.RunAsync("list")).Expect(12).Error, StringComparison.Ordinal);
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        Assert.Empty((await workspace.RunAsync("list")).Expect(0).Error);
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_refused()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        Assert.Contains("[RepositoryExists]", (await workspace.RunAsync("init", "repo")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_a_terminal_the_passphrase_is_asked_for_twice_and_not_shown()
    {
        using var workspace = new Workspace();
        var created = await TypeAsync(workspace, "init repo", "open sesame\nopen sesame\n");
        Assert.Equal(0, created.ExitCode);
        Assert.DoesNotContain("sesame", created.Out, StringComparison.Ordinal);
        Assert.Equal(64, (await TypeAsync(workspace, "init repo2", "open sesame\nopen sesam\n")).ExitCode);
        Assert.Equal(0, (await TypeAsync(workspace, "list --repo repo", "open sesame\n")).ExitCode);
        Assert.Equal(12, (await TypeAsync(workspace, "list --repo repo", "close sesame\n")).ExitCode);
    }

    /// <summary>Runs drtools in a pseudo-terminal of script(1), without echo as a prompt would have it.</summary>
    private static async Task<CliResult> TypeAsync(Workspace workspace, string line, string typed)
    {
        var start = new ProcessStartInfo("script", ["-qec", $"stty -echo; exec {CliProcess.Program} {line}", "/dev/null"])
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        start.Environment.Remove("DRTOOLS_KEY_FILE");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var answer in typed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            await process.StandardInput.WriteAsync(answer + "\r");
            await process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CliResult(process.ExitCode, await output, string.Empty);
    }
}
