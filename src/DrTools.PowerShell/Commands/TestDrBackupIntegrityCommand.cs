using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql;
using DrTools.Verification;

namespace DrTools.PowerShell.Commands;

/// <summary>Verifies backups.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrBackupIntegrity", DefaultParameterSetName = BackupSet)]
[OutputType(typeof(VerifyResult), typeof(bool))]
public sealed class TestDrBackupIntegrityCommand : ServiceBackupCommand
{
    private readonly Dictionary<DrRepository, VerificationEngine> _engines = [];

    /// <summary>How deeply.</summary>
    [Parameter]
    public VerifyLevel Level { get; set; } = VerifyLevel.Catalog;

    /// <summary>Share of the packs that are read, chosen at random, 1 to 100.</summary>
    [Parameter]
    [ValidateRange(1, 100)]
    public int Percent { get; set; } = 100;

    /// <summary>Number of packs read at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <summary>Level restore: queries that must return true on the restored copy.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Assertion { get; set; } = [];

    /// <summary>Level restore: also the source's checks that take long.</summary>
    [Parameter]
    public SwitchParameter Thorough { get; set; }

    /// <summary>Level restore: where the copy is made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchFolder { get; set; }

    /// <summary>Level restore, PostgreSQL: where the server's programs are looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <summary>Returns only whether nothing is wrong.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        if (Assertion.Length > 0 && Level != VerifyLevel.Restore)
        {
            ThrowTerminatingError(new DrException(DrError.BadUsage, "-Assertion is asked of a restored copy, and nothing is restored at this level.", "Add -Level Restore."));
        }

        WriteVerbose($"Verifying {backup.Id} of {backup.Source} at level {Level}.");
        var progress = new ProgressDisplay<VerifyProgress>($"Verifying {backup.Id} of {backup.Source}", p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentObject));
        var result = Await(stop => EngineOf(repository).VerifyAsync(backup.Id, progress, stop), progress);
        WriteObject(Quiet ? result.Passed : result);
    }

    /// <summary>One engine serves all backups of a repository, so that packs in common are read once.</summary>
    private VerificationEngine EngineOf(DrRepository repository)
    {
        if (!_engines.TryGetValue(repository, out var engine))
        {
            engine = new VerificationEngine(repository.Opened, new VerifyOptions
            {
                Level = Level,
                Percent = Percent,
                Parallelism = Parallelism,
                Assertions = Assertion,
                Thorough = Thorough,
                WorkFolder = ScratchFolder is null ? null : ResolvePath(ScratchFolder),
                Provider = new PostgreSqlOptions { ProgramFolder = ProgramFolder is null ? null : ResolvePath(ProgramFolder) },
            });
            _engines.Add(repository, engine);
        }

        return engine;
    }
}
