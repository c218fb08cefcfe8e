using System.Text.RegularExpressions;
using DrTools.Aws.Tests.Servers;
using DrTools.Cli.Tests;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>The host is gone. What is left is a kit, a passphrase, and credentials for the bucket.</summary>
public sealed partial class RecoveryKitTests(RadosGateway gateway)
{
    [Fact]
    public async Task Another_machine_restores_from_the_bucket_with_nothing_but_the_kit()
    {
        using var host = new Workspace();
        host.Environment["DRTOOLS_REPOSITORY"] = gateway.LocationOf(await gateway.NewBucketAsync());
        (await host.RunAsync("init", host.Environment["DRTOOLS_REPOSITORY"])).Expect(0);
        (await host.RunAsync("backup", "files:src")).Expect(0);
        await File.WriteAllTextAsync(host.PathOf("src/new.txt"), "gamma", TestContext.Current.CancellationToken);
        (await host.RunAsync("backup", "files:src")).Expect(0);
        (await host.RunAsync("kit", "--output", "kit")).Expect(0);

        var machine = Directory.CreateTempSubdirectory("drtools-test-machine-").FullName;
        try
        {
            Directory.Move(host.PathOf("kit"), Path.Combine(machine, "kit"));
            Directory.Move(host.PathOf("src"), Path.Combine(machine, "expected"));
            var source = "files:" + host.PathOf("src");
            Directory.Delete(host.Folder, recursive: true);
            await File.WriteAllTextAsync(Path.Combine(machine, "pass"), "correct horse\n", TestContext.Current.CancellationToken);

            // As the instructions say it: the location, and each command in its order.
            var instructions = await File.ReadAllTextAsync(Path.Combine(machine, "kit", "RECOVERY.md"), TestContext.Current.CancellationToken);
            var location = Location().Match(instructions).Groups[1].Value;
            Assert.Equal(host.Environment["DRTOOLS_REPOSITORY"], location);
            var commands = Command().Matches(instructions).Select(m => m.Groups[1].Value.Trim()).ToList();
            Assert.Equal(["check", "list", "restore", "restore"], commands.Select(c => c.Split(' ')[0]));
            foreach (var command in commands)
            {
                var target = command.Contains("--include", StringComparison.Ordinal) ? "single" : "restored";
                var args = command.Split(' ').Select(a => a switch
                {
                    "REPO" => location,
                    "SOURCE" => source,
                    "FOLDER" => target,
                    "'path/inside'" => "sub/b.conf",
                    _ => a,
                });
                var environment = new Dictionary<string, string> { ["DRTOOLS_PASSPHRASE_FILE"] = "pass", ["HOME"] = machine, ["DRTOOLS_CACHE"] = Path.Combine(machine, "cache") };
                using var process = CliProcess.Start(Path.Combine(machine, "kit", "drtools", "drtools"), machine, args, environment);
                (await process.EndAsync()).Expect(0);
            }

            SourceTree.AssertSame(Path.Combine(machine, "expected"), Path.Combine(machine, "restored"));
            Assert.Equal(["b.conf"], Directory.EnumerateFiles(Path.Combine(machine, "single"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(machine, recursive: true);
        }
    }

    [GeneratedRegex(@"\| repository \| `([^`]+)` \|")]
    private static partial Regex Location();

    [GeneratedRegex(@"(?m)^    drtools (.+)$")]
    private static partial Regex Command();
}
