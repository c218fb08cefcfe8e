namespace DrTools.Repositories.Leases;

/// <summary>Who holds a lease, for what and until when.</summary>
internal sealed record LeaseRecord
{
    /// <summary>Random, so that a holder recognises its own.</summary>
    public required Guid Token { get; init; }

    public required string Operation { get; init; }

    /// <summary>Backups whose packs belong to the holder: the one being made, and interrupted ones that it resumes.</summary>
    public IReadOnlyList<string> PackOwners { get; init; } = [];

    /// <summary>A backup whose packs the holder relies on.</summary>
    public string? ParentId { get; init; }

    /// <summary>Backups that an expiry is about to remove, until the journal says so.</summary>
    public IReadOnlyList<string>? Removing { get; init; }

    /// <summary>What is being backed up.</summary>
    public string? Source { get; init; }

    public required string User { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Start of the process in the kernel's clock ticks, so that a reused process id is not mistaken for it.</summary>
    public required string ProcessStart { get; init; }

    /// <summary>The running kernel and process name space; a process id means something only there.</summary>
    public required string Machine { get; init; }

    public required DateTimeOffset AcquiredAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether the holder ended it itself, after a failure that it reported.</summary>
    public bool WasEnded { get; init; }

    /// <summary>A record of this process.</summary>
    public static LeaseRecord For(string operation) => new()
    {
        Token = Guid.NewGuid(),
        Operation = operation,
        User = Environment.UserName,
        Host = Environment.MachineName,
        ProcessId = Environment.ProcessId,
        ProcessStart = ProcessIdentity.Start,
        Machine = ProcessIdentity.Machine,
        AcquiredAt = default,
        ExpiresAt = default,
    };
}

/// <summary>Identifies this process so that its death can be noticed on the same machine.</summary>
internal static class ProcessIdentity
{
    private static readonly Lazy<(string Machine, string Start)> Own = new(() => (ReadMachine(), ReadStart(Environment.ProcessId)));

    public static string Machine => Own.Value.Machine;

    public static string Start => Own.Value.Start;

    /// <summary>Whether the holder is known to be gone: only a process of this very machine can be judged.</summary>
    public static bool IsGone(LeaseRecord lease) =>
        lease.Machine.Length > 0 && lease.Machine == Machine && ReadStart(lease.ProcessId) != lease.ProcessStart;

    private static string ReadMachine()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
                return $"{boot} {new FileInfo("/proc/self/ns/pid").LinkTarget}";
            }
        }
        catch (IOException)
        {
            // Without /proc nothing can be said about other processes; leases then end by their expiry alone.
        }

        return string.Empty;
    }

    /// <summary>Field 22 of <c>/proc/PID/stat</c> (proc(5)); empty when there is no such process or it is a zombie.</summary>
    public static string ReadStart(int processId)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? string.Empty : fields[19];
        }
        catch (IOException)
        {
            return string.Empty;
        }
        catch (UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
