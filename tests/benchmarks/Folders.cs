using System.Diagnostics;

namespace DrTools.Benchmarks;

/// <summary>Operations on whole folders.</summary>
internal static class Folders
{
    public static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            // .NET's own removal stops at names that are not UTF-8.
            Run("rm", "-rf", "--", folder);
        }
    }

    /// <summary>Copies as it is, times and links included.</summary>
    public static void Copy(string from, string to) => Run("cp", "-a", "--", from, to);

    /// <summary>Sum of the lengths of all files; links to other places do not count.</summary>
    public static long Size(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(f => f.Length);

    /// <summary>Compares two trees with the system's own tools: content, names, types, modes, owners, links and times.</summary>
    /// <exception cref="BenchmarkException">They differ.</exception>
    public static void RequireSame(string expected, string actual, string what)
    {
        const string Listing = "find . -mindepth 1 \\( -type d -printf '%P %y %m %U %G %T@\\n' \\) -o -printf '%P %y %m %U %G %T@ %s %l\\n' | LC_ALL=C sort";
        var difference = Output(
            "bash",
            "-c",
            $"diff -r -q --no-dereference -- \"$0\" \"$1\" 2>&1 | head -5; diff <(cd \"$0\" && {Listing}) <(cd \"$1\" && {Listing}) | head -5",
            expected,
            actual);
        if (difference.Length > 0)
        {
            throw new BenchmarkException($"{what} differs from its source:\n{difference}");
        }
    }

    private static void Run(params string[] command) => Output(command);

    private static string Output(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new BenchmarkException($"{string.Join(' ', command)} ended with {process.ExitCode}.");
    }
}
