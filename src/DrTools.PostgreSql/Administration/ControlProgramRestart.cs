using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;

namespace DrTools.PostgreSql.Administration;

/// <summary>Restarts a server with <c>pg_ctl</c>, as the owner of its data directory and with the options that it was
/// started with.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-pg-ctl.html">pg_ctl</see>; it reads the options from
/// <c>postmaster.opts</c>.</remarks>
internal sealed partial class ControlProgramRestart : RestartCommand
{
    private readonly string _program;
    private readonly string _dataDirectory;
    private readonly string _log;
    private readonly Account? _owner;

    private ControlProgramRestart(string program, string dataDirectory, string log, Account? owner) =>
        (_program, _dataDirectory, _log, _owner) = (program, dataDirectory, log, owner);

    /// <summary>Finds out how; nothing is done yet.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerSetting"/> where a service manager looks after the server,
    /// <see cref="DrError.ToolMissing"/>, <see cref="DrError.PrivilegeMissing"/> where this user is neither the owner nor
    /// root.</exception>
    public static ControlProgramRestart Prepare(string dataDirectory, int majorVersion)
    {
        var process = int.Parse(File.ReadLines(Path.Combine(dataDirectory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        if (ServiceOf(process) is { } unit)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"The server is run by the service {unit}, which would take it for crashed if pg_ctl restarted it.",
                $"Give the service's own command: -ServiceCommand 'systemctl restart {unit}'.");
        }

        // The program that runs is certainly the right version.
        var folder = Path.GetDirectoryName(new FileInfo($"/proc/{process}/exe").LinkTarget);
        var programs = folder is not null && File.Exists(Path.Combine(folder, "pg_ctl")) ? ServerPrograms.Find(majorVersion, folder) : ServerPrograms.Find(majorVersion);
        if (!programs.Has("pg_ctl"))
        {
            throw new DrException(DrError.ToolMissing, $"{programs.Folder} has no pg_ctl.", "Install all of the server's package, or give a service command.");
        }

        RequireAbsoluteDataDirectory(dataDirectory);
        return new ControlProgramRestart(programs.Path("pg_ctl"), dataDirectory, LogOf(process, dataDirectory), OwnerOf(process));
    }

    /// <inheritdoc/>
    public override Task RunAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var seconds = Math.Max(1, (int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var command = string.Join(' ', new[] { _program, "restart", "-D", _dataDirectory, "-m", "fast", "-w", "-t", seconds, "-l", _log }.Select(ConfigurationText.ShellWord));
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = "/" };
        if (_owner is not null)
        {
            start.UserName = _owner.Name;
        }

        return RunAsync(start, "pg_ctl restart", timeout, cancellationToken);
    }

    /// <summary>pg_ctl starts a server again with the words that it was started with. A relative path among them counted from
    /// a folder that nobody knows any more, so the server would be stopped and not come up.</summary>
    private static void RequireAbsoluteDataDirectory(string dataDirectory)
    {
        var options = File.ReadAllText(Path.Combine(dataDirectory, "postmaster.opts"));
        if (DataDirectoryOption().Match(options) is { Success: true } match && !Path.IsPathRooted(match.Groups["folder"].Value))
        {
            throw new DrException(
                DrError.ServerSetting,
                $"The server was started with the relative path '{match.Groups["folder"].Value}' as its data directory, and pg_ctl would not find that again.",
                $"Stop it, start it with -D {dataDirectory}, and run this again; or give a service command (-ServiceCommand, --service-command).")
            { Subject = dataDirectory };
        }
    }

    [GeneratedRegex("\"-D\"? ?\"?(?<folder>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex DataDirectoryOption();

    /// <summary>The user to run as, if it is not this one.</summary>
    private static Account? OwnerOf(int process)
    {
        var user = StatusOf(process, "Uid");
        if (user == Native.EffectiveUser())
        {
            return null;
        }

        return Account.IsRoot && Account.Find(user) is { } owner ? owner : throw new DrException(
            DrError.PrivilegeMissing,
            $"The server runs as user {Account.Find(user)?.Name ?? user.ToString(CultureInfo.InvariantCulture)}, and only that user or root can restart it.",
            "Run as that user, or give a service command.");
    }

    /// <summary>Where the server's first words go: where they went before, as far as that is a file.</summary>
    private static string LogOf(int process, string dataDirectory)
    {
        if (new FileInfo($"/proc/{process}/fd/2").LinkTarget is { } current && (current == "/dev/null" || File.Exists(current)))
        {
            return current;
        }

        var folder = Path.Combine(dataDirectory, "log");
        return Path.Combine(Directory.Exists(folder) ? folder : dataDirectory, "restart.log");
    }

    /// <summary>The systemd unit that a process belongs to, if it is a service.</summary>
    private static string? ServiceOf(int process)
    {
        try
        {
            return ServiceForm().Match(File.ReadAllText($"/proc/{process}/cgroup")) is { Success: true } match && match.Groups["unit"].Value.Contains("postgres", StringComparison.OrdinalIgnoreCase) ? match.Groups["unit"].Value : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static uint StatusOf(int process, string field) =>
        uint.Parse(File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(field + ":", StringComparison.Ordinal)).Split('\t')[1], CultureInfo.InvariantCulture);

    [GeneratedRegex(@"/(?<unit>[^/\n]+\.service)", RegexOptions.ExplicitCapture)]
    private static partial Regex ServiceForm();
}
