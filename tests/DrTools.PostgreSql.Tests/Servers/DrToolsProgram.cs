namespace DrTools.PostgreSql.Tests.Servers;

/// <summary>The built drtools, where the user that servers run as can start it.</summary>
internal static class DrToolsProgram
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly Lazy<string> Program = new(Find);

    public static string Path => Program.Value;

    private static string Find()
    {
        var built = System.IO.Path.Combine(AppContext.BaseDirectory, "drtools");
        using (var probe = TestServer.Start("test", ["-x", built]))
        {
            probe.WaitForExit();
            if (probe.ExitCode == 0)
            {
                return built;
            }
        }

        // The tests may lie below a home that others cannot enter.
        var folder = Directory.CreateTempSubdirectory("drtools-test-program-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        File.SetUnixFileMode(folder, Everyone);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory))
        {
            var target = System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file));
            File.Copy(file, target);
            File.SetUnixFileMode(target, Everyone);
        }

        return System.IO.Path.Combine(folder, "drtools");
    }
}
