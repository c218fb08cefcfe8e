using System.Diagnostics;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>What the program ends with, and what it leaves when it is killed: PostgreSQL acts on nothing else.</summary>
public sealed class WalProgramTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-wal-").FullName;
    private readonly string _data;

    public WalProgramTests()
    {
        _data = SegmentFile.DataDirectory(_folder);
        Run(0, "init", "repo", "--passphrase-file", Secret("pass", "correct horse"));
        Run(0, "key", "add", "--repo", "repo", "--passphrase-file", Path.Combine(_folder, "pass"), "--generate-key-file", Path.Combine(_folder, "key"), "--label", "server");
    }

    private string Wal => Path.Combine(_data, "pg_wal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_outcome_has_the_code_that_postgresql_takes_it_for()
    {
        var path = SegmentFile.Write(Wal, SegmentFile.Segment(5));
        Push(0, path);
        Push(0, path);
        Assert.Empty(Push(0, "pg_wal/000000010000000000000005").Error);
        Get(0, "000000010000000000000005");
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(Wal, "RECOVERYXLOG")));
        Get(1, "000000010000000000000006");
        Get(1, "00000002.history");

        // Up to 125 the server tries again, and says so in pg_stat_archiver.
        Assert.Contains("[LogConflict]", Push(1, SegmentFile.Write(Wal, SegmentFile.Segment(5), fill: 2)).Error, StringComparison.Ordinal);
        Assert.Contains("[SourceMissing]", Push(1, "pg_wal/000000010000000000000009").Error, StringComparison.Ordinal);
        Assert.Contains("[RepositoryMissing]", Run(10, "wal", "push", path, "--repo", "nowhere").Error, StringComparison.Ordinal);
        Assert.Contains("[KeyRequired]", Run(12, "wal", "push", path, "--repo", "repo").Error, StringComparison.Ordinal);
        Assert.Contains("[WrongKey]", Run(12, "wal", "push", path, "--repo", "repo", "--key-file", Secret("other", new string('x', 64))).Error, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", Run(64, "wal", "push", path, "--repository", "repo").Error, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", Push(64, "pg_wal/notes.txt").Error, StringComparison.Ordinal);

        // Above it recovery ends with an error, rather than as if the log ended here.
        Assert.Contains("[RepositoryMissing]", Run(126, "wal", "get", "000000010000000000000006", "pg_wal/X", "--repo", "nowhere").Error, StringComparison.Ordinal);
        Assert.Contains("[WrongKey]", Run(126, "wal", "get", "000000010000000000000006", "pg_wal/X", "--repo", Path.Combine(_folder, "repo"), "--key-file", Path.Combine(_folder, "other")).Error, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", Run(126, "wal", "get", "000000010000000000000006", "pg_wal/X", "--repository", "repo").Error, StringComparison.Ordinal);
        Damage();
        Assert.Contains("[IntegrityFailure]", Get(126, "000000010000000000000005").Error, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_data, "standby.signal"), "");
        Get(75, "000000010000000000000005");
        Assert.Empty(Directory.GetFiles(Wal, "*.drtools"));
    }

    [Fact]
    public void A_passphrase_works_and_is_warned_of_and_a_removed_key_no_longer_opens()
    {
        var path = SegmentFile.Write(Wal, SegmentFile.Segment(5));
        var pushed = Run(0, "wal", "push", path, "--repo", Path.Combine(_folder, "repo"), "--passphrase-file", Path.Combine(_folder, "pass"));
        Assert.Contains("key add", pushed.Error, StringComparison.Ordinal);
        Push(0, path);
        Run(0, "key", "remove", "server", "--repo", "repo", "--passphrase-file", Path.Combine(_folder, "pass"));
        Assert.Contains("[WrongKey]", Push(12, path).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pusher_that_is_killed_leaves_nothing_or_all_of_it()
    {
        var random = new Random(11);
        for (ulong number = 1; number <= 25; number++)
        {
            var segment = new WalSegment(1, number, 16 << 20);
            var path = Path.Combine(Wal, segment.FileName);
            File.WriteAllBytes(path, SegmentFile.Content(segment, random: true));
            using (var process = Start("wal", "push", path, "--repo", Path.Combine(_folder, "repo"), "--key-file", Path.Combine(_folder, "key")))
            {
                if (!process.WaitForExit(random.Next(30, 250)))
                {
                    process.Kill();
                }

                process.WaitForExit();
            }

            var isThere = RunIn(_data, "wal", "get", segment.FileName, "pg_wal/RECOVERYXLOG", "--repo", Path.Combine(_folder, "repo"), "--key-file", Path.Combine(_folder, "key"));
            Assert.True(isThere.ExitCode is 0 or 1, isThere.Error);
            Assert.True(isThere.ExitCode == 1 || File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Wal, "RECOVERYXLOG"))));
            Push(0, path);
            File.Delete(path);
        }

        Assert.Equal(25, Directory.GetFiles(Path.Combine(_folder, "repo", "logs"), "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Npgsql_is_not_loaded_to_push()
    {
        var path = SegmentFile.Write(Wal, SegmentFile.Segment(5));
        using var process = Start(_folder, "strace", ["-f", "-e", "trace=openat", "-o", Path.Combine(_folder, "trace"), Path.Combine(AppContext.BaseDirectory, "drtools"), "wal", "push", path, "--repo", "repo", "--key-file", "key"]);
        if (process is null)
        {
            return;
        }

        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        var opened = File.ReadAllText(Path.Combine(_folder, "trace"));
        foreach (var library in (string[])["Npgsql.dll", "System.CommandLine.dll"])
        {
            Assert.DoesNotContain(library, opened, StringComparison.Ordinal);
        }
    }

    private (int ExitCode, string Error) Push(int code, string path) => Run(code, "wal", "push", path, "--repo", Path.Combine(_folder, "repo"), "--key-file", Path.Combine(_folder, "key"));

    private (int ExitCode, string Error) Get(int code, string file) => Run(code, "wal", "get", file, "pg_wal/RECOVERYXLOG", "--repo", Path.Combine(_folder, "repo"), "--key-file", Path.Combine(_folder, "key"));

    private (int ExitCode, string Error) Run(int code, params string[] args)
    {
        // PostgreSQL's commands run in the data directory.
        var result = RunIn(args[0] == "wal" && !args.Contains("repo") ? _data : _folder, args);
        Assert.True(result.ExitCode == code, $"drtools {string.Join(' ', args)}: {result.ExitCode} instead of {code}: {result.Error}");
        return result;
    }

    private static (int ExitCode, string Error) RunIn(string folder, params string[] args)
    {
        using var process = Start(folder, Path.Combine(AppContext.BaseDirectory, "drtools"), args)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private Process Start(params string[] args) => Start(_data, Path.Combine(AppContext.BaseDirectory, "drtools"), args)!;

    private static Process? Start(string folder, string program, string[] args)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private string Secret(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    private void Damage()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder, "repo", "logs"), "*", SearchOption.AllDirectories))
        {
            var content = File.ReadAllBytes(file);
            content[content.Length / 2] ^= 1;
            File.WriteAllBytes(file, content);
        }
    }
}
