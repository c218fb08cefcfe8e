using System.Globalization;
using DrTools;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Leases;
using DrTools.Restore;
using DrTools.Retention;
using DrTools.Sources.Files;
using DrTools.TestHost;

// A process that tests start in order to kill, stop or race it. It says "ready" when its repository is open, waits for
// a line where the test wants several to begin at once, and ends with "done …" or "failed ERROR message".
var (command, location, passphrase) = (args[0], args[1], args[2]);
var factory = HostTuning.NewFactory();
try
{
    using var credential = RepositoryCredential.FromPassphrase(passphrase);
    await using var repository = await factory.OpenAsync(location, credential, CancellationToken.None);
    Say("ready");
    switch (command)
    {
        case "backup":
            await BackUpAsync(repository, args[3], Enum.Parse<BackupType>(args[4]), int.Parse(args[5], CultureInfo.InvariantCulture));
            break;
        case "backup-when-told":
            Console.In.ReadLine();
            await BackUpAsync(repository, args[3], Enum.Parse<BackupType>(args[4]), 1);
            break;
        case "expire":
            Console.In.ReadLine();
            var expired = await new ExpiryEngine(repository).RunAsync(
                new ExpiryOptions { Policy = RetentionPolicy.Parse([args[3]]), OrphanGrace = TimeSpan.FromSeconds(int.Parse(args[4], CultureInfo.InvariantCulture)) }, CancellationToken.None);
            Say($"done {expired.RemovedBackups} {expired.RemovedPacks}");
            break;
        case "copy":
            Console.In.ReadLine();
            await using (var target = await factory.OpenAsync(args[3], credential, CancellationToken.None))
            {
                var copied = await new CopyEngine(repository, target).RunAsync(new CopyOptions { Parallelism = 2 }, null, CancellationToken.None);
                Say($"done {copied.Backups.Count(b => b.Outcome == CopyOutcome.Copied)} {copied.Passed}");
            }

            break;
        case "rotate":
            using (var next = RepositoryCredential.FromPassphrase(args[3]))
            {
                await factory.RotateKeyAsync(repository, next, CancellationToken.None);
            }

            Say("done");
            break;
        case "restore":
            var backup = await new BackupCatalog(repository).FindAsync(args[3], null, CancellationToken.None);
            var restored = await new RestoreEngine(repository).RestoreAsync(backup, args[4], new RestoreOptions { Force = args.Length > 5 }, null, CancellationToken.None);
            Say($"done {restored.Passed} {restored.ReusedFiles}");
            break;
        case "lease":
            Console.In.ReadLine();
            var lease = await repository.Leases.AcquireAsync(args[3], LeaseRecord.For("test"), CancellationToken.None);
            Say("done");
            Console.In.ReadLine();
            await lease.DisposeAsync();
            break;
        default:
            throw new ArgumentException(command);
    }

    return 0;
}
catch (DrException e)
{
    Say($"failed {e.Error} {e.Message}");
    return 1;
}

static async Task BackUpAsync(Repository repository, string source, BackupType type, int times)
{
    for (var i = 0; i < times; i++)
    {
        var result = await new BackupEngine(repository).RunAsync(new FilesSource(source), new BackupOptions { Type = type }, null, CancellationToken.None);
        Say($"done {result.Backup.Id}");
        type = BackupType.Incremental;
    }
}

static void Say(string line)
{
    Console.Out.WriteLine(line);
    Console.Out.Flush();
}
