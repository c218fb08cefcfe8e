namespace DrTools.PostgreSql.Diagnosis;

/// <summary>Free space here and there.</summary>
internal sealed class SpaceChecks(DiagnosisRun run)
{
    private const double Little = 0.10;
    private const double VeryLittle = 0.03;
    private const long LeastForWork = 256L << 20;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await run.TryAsync("free space", async () =>
        {
            var size = await run.ScalarAsync<long>("select coalesce(sum(pg_database_size(oid)), 0)::bigint from pg_database where has_database_privilege(oid, 'connect')", cancellationToken).ConfigureAwait(false);
            run.Inform("size", $"The databases take {Figures.Bytes(size)}.");
            CheckFolder("work folder", run.Context.WorkFolder is { Length: > 0 } work ? work : Path.GetTempPath(), LeastForWork, "Free some space, or name another work folder.");
            if (run.Context.RepositoryFolder is { } repository)
            {
                // Compressed, a full backup takes from a tenth to the whole of the data; a third is usual.
                CheckFolder("repository", repository, size / 3, "Free some space, expire old backups, or move the repository to a larger disk.");
            }
        }).ConfigureAwait(false);
        if (run.DataDirectory is { } directory)
        {
            await run.TryAsync("free space", () =>
            {
                CheckShare("data directory", directory, "Free some space, or move tables to another tablespace.");
                var wal = new DirectoryInfo(Path.Combine(directory, Cluster.DataDirectory.WalFolder));
                if (wal.ResolveLinkTarget(returnFinalTarget: true) is { } elsewhere)
                {
                    CheckShare("pg_wal", elsewhere.FullName, "Find out what holds WAL (replication slots, failing archiving), or enlarge the disk: when it is full, the server stops.");
                }

                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
    }

    private void CheckFolder(string what, string folder, long wanted, string remedy)
    {
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < wanted)
        {
            run.Warn("free space", $"The {what} {folder} has {Figures.Bytes(free)} free; some {Figures.Bytes(wanted)} may be needed.", remedy);
        }
        else
        {
            run.Passed("free space", $"The {what} {folder} has {Figures.Bytes(free)} free.");
        }
    }

    private void CheckShare(string what, string folder, string remedy)
    {
        var drive = new DriveInfo(folder);
        var share = drive.TotalSize == 0 ? 1 : (double)drive.AvailableFreeSpace / drive.TotalSize;
        var message = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The disk of the {what} {folder} has {Figures.Bytes(drive.AvailableFreeSpace)} free ({share:0%}).");
        if (share < VeryLittle)
        {
            run.Fail("free space", message, remedy);
        }
        else if (share < Little)
        {
            run.Warn("free space", message, remedy);
        }
        else
        {
            run.Passed("free space", message);
        }
    }
}
