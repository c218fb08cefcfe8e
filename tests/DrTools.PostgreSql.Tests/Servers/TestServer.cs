using System.Diagnostics;

namespace DrTools.PostgreSql.Tests.Servers;

/// <summary>The programs of one major version of PostgreSQL, and how to run them.</summary>
internal sealed class TestServer
{
    private static readonly Lock Templates = new();

    private TestServer(int version, string programs) => (Version, Programs) = (version, programs);

    /// <summary>Debian's package, with all client programs.</summary>
    public static TestServer V15 => Find(15);

    /// <summary>npm's package: initdb, pg_ctl and postgres only.</summary>
    public static TestServer V17 => Find(17);

    /// <summary>npm's package: initdb, pg_ctl and postgres only.</summary>
    public static TestServer V18 => Find(18);

    /// <summary>Major version.</summary>
    public int Version { get; }

    /// <summary>Folder of the programs.</summary>
    public string Programs { get; }

    public static TestServer Find(int version)
    {
        // A missing server is a failure, never a skip: ./test installs them.
        var cache = Environment.UserName == "root"
            ? "/var/cache/drtools-tests"
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "drtools-tests");
        var programs = version == 15
            ? "/usr/lib/postgresql/15/bin"
            : Directory.Exists(cache)
                ? Directory.EnumerateDirectories(cache, $"postgresql-{version}.*").Order(StringComparer.Ordinal).Select(d => Path.Combine(d, "native/bin")).LastOrDefault()
                : null;
        return programs is not null && File.Exists(Path.Combine(programs, "postgres"))
            ? new TestServer(version, programs)
            : throw new InvalidOperationException($"PostgreSQL {version} is not installed; run tests/servers/postgresql {version}.");
    }

    /// <summary>A new data directory, copied from one that initdb made once (checksums on, user postgres, UTF8, locale C).</summary>
    /// <param name="folder">Where to make it; must not exist.</param>
    /// <param name="freshIdentity">Whether to run initdb itself, for a system identifier of its own.</param>
    /// <param name="initdbOptions">Options in place of <c>--data-checksums</c>.</param>
    public void Initialize(string folder, bool freshIdentity = false, params string[] initdbOptions)
    {
        if (freshIdentity)
        {
            InitDb(folder, initdbOptions);
            return;
        }

        lock (Templates)
        {
            string[] options = initdbOptions.Length > 0 ? initdbOptions : ["--data-checksums"];
            var template = Path.Combine(Path.GetTempPath(), $"drtools-test-template-{Version}-{string.Concat(string.Concat(options).Where(char.IsAsciiLetterOrDigit))}-{Environment.ProcessId}");
            if (!Directory.Exists(template))
            {
                AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(template, recursive: true);
                InitDb(template, options);
            }

            Run("cp", "-a", template, folder);
        }
    }

    /// <summary>Starts a program as the user that servers run as.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, Action<ProcessStartInfo>? configure = null)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        if (Environment.UserName == "root")
        {
            // setpriv replaces itself by the program, so the process that is killed is the server.
            start.FileName = "setpriv";
            foreach (var argument in (string[])["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program])
            {
                start.ArgumentList.Add(argument);
            }
        }
        else
        {
            start.FileName = program;
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        configure?.Invoke(start);
        return Process.Start(start)!;
    }

    /// <summary>Runs a program as the user that servers run as, and fails if it fails.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {errors.Result}{output[..Math.Min(output.Length, 2000)]}");
    }

    private void InitDb(string folder, string[] options) =>
        Run(Path.Combine(Programs, "initdb"), ["-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N", .. options]);
}
