namespace DrTools.Benchmarks;

/// <summary>A backup program as the benchmarks drive it: one repository, one command for each step.</summary>
internal interface ITool
{
    string Name { get; }

    /// <summary>Makes the repository empty and new.</summary>
    void Reset();

    Measurement Backup(string tree, bool full);

    /// <summary>Keeps the last seven backups and frees the space of the others.</summary>
    Measurement Expire();

    /// <summary>Restores the last backup into a new folder.</summary>
    /// <returns>What it took, and the folder that corresponds to the tree.</returns>
    (Measurement Measurement, string Restored) Restore(string tree, string target);

    /// <summary>Reads and checks every byte that is stored.</summary>
    Measurement Verify();

    /// <summary>Bytes that the repository takes.</summary>
    long StoredBytes();
}

/// <summary>The program that is measured.</summary>
internal sealed class DrTool(MeasuredProcess processes, string program, string repository) : ITool
{
    public string Name => "drtools";

    public void Reset()
    {
        Folders.Remove(repository);
        processes.Run([program, "init", repository]);
    }

    public Measurement Backup(string tree, bool full) =>
        processes.Run([program, "backup", "files:" + tree, "--repo", repository, "--type", full ? "full" : "incremental"]);

    public Measurement Expire() => processes.Run([program, "expire", "--repo", repository, "--keep", "last=7"]);

    public (Measurement Measurement, string Restored) Restore(string tree, string target) =>
        (processes.Run([program, "restore", "latest", "--repo", repository, "--source", "files:" + tree, "--target", target], untilOnDisk: true), target);

    public Measurement Verify() => processes.Run([program, "verify", "--repo", repository, "--level", "content"]);

    public long StoredBytes() => Folders.Size(repository);
}

/// <summary>restic with its defaults: repository format 2, compression "auto", and its cache, which is warm.</summary>
internal sealed class ResticTool(MeasuredProcess processes, string repository) : ITool
{
    public string Name => "restic";

    public void Reset()
    {
        Folders.Remove(repository);
        processes.Run(["restic", "-q", "-r", repository, "init", "--repository-version", "2"]);
    }

    public Measurement Backup(string tree, bool full) => processes.Run(["restic", "-q", "-r", repository, "backup", tree]);

    public Measurement Expire() => processes.Run(["restic", "-q", "-r", repository, "forget", "--keep-last", "7", "--prune"]);

    public (Measurement Measurement, string Restored) Restore(string tree, string target) =>
        (processes.Run(["restic", "-q", "-r", repository, "restore", "latest", "--target", target], untilOnDisk: true), target + tree);

    public Measurement Verify() => processes.Run(["restic", "-q", "-r", repository, "check", "--read-data"]);

    public long StoredBytes() => Folders.Size(repository);
}

/// <summary>The least that reading, compressing and writing can cost: no encryption, no deduplication, no increments.
/// The format is the one that keeps fractions of seconds.</summary>
internal sealed class TarTool(MeasuredProcess processes, string archive)
{
    public Measurement Backup(string tree) =>
        processes.Run(["bash", "-c", "set -o pipefail; tar --format=posix -C \"$0\" -cf - . | zstd -q -f -3 -T2 -o \"$1\"", tree, archive]);

    public Measurement Restore(string target)
    {
        Directory.CreateDirectory(target);
        return processes.Run(["bash", "-c", "set -o pipefail; zstd -q -dc \"$1\" | tar -C \"$0\" -xpf -", target, archive], untilOnDisk: true);
    }

    public Measurement Verify() => processes.Run(["zstd", "-q", "-t", archive]);

    public long StoredBytes() => new FileInfo(archive).Length;
}
