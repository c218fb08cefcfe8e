using System.Security.Cryptography;

namespace DrTools.Cli.Tests;

/// <summary>A folder with a source tree, a passphrase and a place for a repository, removed afterwards.</summary>
internal sealed class Workspace : IDisposable
{
    public Workspace()
    {
        Folder = Path.Combine(Path.GetTempPath(), "drtools-cli-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Path.Combine(Folder, "src", "sub"));
        File.WriteAllText(Path.Combine(Folder, "pass"), "correct horse\n");
        File.WriteAllText(Path.Combine(Folder, "wrong"), "battery staple\n");
        File.WriteAllBytes(Path.Combine(Folder, "key"), RandomNumberGenerator.GetBytes(64));
        File.WriteAllText(Path.Combine(Folder, "src", "a.txt"), "alpha");
        File.WriteAllText(Path.Combine(Folder, "src", "sub", "b.conf"), "beta");
        File.WriteAllBytes(Path.Combine(Folder, "src", "sub", "random"), RandomNumberGenerator.GetBytes(100_000));
    }

    public string Folder { get; }

    /// <summary>Environment of every run.</summary>
    public Dictionary<string, string> Environment { get; } = new() { ["DRTOOLS_REPOSITORY"] = "repo", ["DRTOOLS_PASSPHRASE_FILE"] = "pass" };

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public CliProcess Start(params string[] args) => CliProcess.Start(CliProcess.Program, Folder, args, Environment);

    public async Task<CliResult> RunAsync(params string[] args)
    {
        using var process = Start(args);
        return await process.EndAsync();
    }

    /// <summary>With a repository in <c>repo</c>, opened by <c>pass</c>.</summary>
    public static async Task<Workspace> WithRepositoryAsync()
    {
        var workspace = new Workspace();
        (await workspace.RunAsync("init", "repo")).Expect(0);
        return workspace;
    }

    /// <summary>With a repository and one backup of <c>src</c>.</summary>
    public static async Task<Workspace> WithBackupAsync()
    {
        var workspace = await WithRepositoryAsync();
        (await workspace.RunAsync("backup", "files:src", "--reason", "first")).Expect(0);
        return workspace;
    }

    /// <summary>Adds a source <c>slow</c>, which takes many seconds at level 19.</summary>
    public void AddSlowSource()
    {
        Directory.CreateDirectory(PathOf("slow"));
        var words = Enumerable.Range(0, 20_000).Select(_ => RandomNumberGenerator.GetHexString(10)).ToArray();
        using var file = File.CreateText(PathOf("slow/text"));
        for (var i = 0; i < 3_000_000; i++)
        {
            file.Write(words[Random.Shared.Next(words.Length)]);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
