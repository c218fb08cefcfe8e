namespace DrTools.PostgreSql.Platform;

/// <summary>What Linux says of processes (proc(5)). Elsewhere nothing is known.</summary>
internal static class ProcessFacts
{
    /// <summary>Identifies this run of the system, shortened; empty where it cannot be known.</summary>
    public static string Boot { get; } = ReadBoot();

    /// <summary>When a process was started, in clock ticks since the system was; empty when there is no such process, or
    /// only what is left of it until its parent asks.</summary>
    public static string StartOf(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? string.Empty : fields[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    /// <summary>Whether a process runs.</summary>
    public static bool IsAlive(int process) => StartOf(process).Length > 0;

    /// <summary>The folder that a process works in, or <see langword="null"/> if it is not to be known.</summary>
    public static string? FolderOf(int process)
    {
        try
        {
            return new DirectoryInfo($"/proc/{process}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string ReadBoot()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()[..8];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return string.Empty;
        }
    }
}
