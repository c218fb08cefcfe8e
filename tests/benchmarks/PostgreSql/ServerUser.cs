namespace DrTools.Benchmarks.PostgreSql;

/// <summary>Servers refuse to run as root, and everything that reads their data directories runs as their user.</summary>
internal static class ServerUser
{
    /// <summary>The command, run as the servers' user.</summary>
    public static string[] Command(params string[] command) => Environment.UserName == "root"
        // setpriv is replaced by the command, so what is measured is the command alone.
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", .. command]
        : command;
}
