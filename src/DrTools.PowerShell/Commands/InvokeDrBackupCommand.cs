using System.Management.Automation;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes backups.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrBackup", SupportsShouldProcess = true, DefaultParameterSetName = SourceSet)]
[OutputType(typeof(DrBackup))]
public sealed class InvokeDrBackupCommand : SourceCommand
{
    /// <summary>The repositories: the backup is taken into the first and copied into the others. Each is an object of
    /// Get-DrRepository or New-DrRepository, or a location.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public new RepositoryReference[] Repository { get; set; } = [];

    /// <summary>What it builds on; without a full backup to build on, a full one is taken.</summary>
    [Parameter]
    public BackupType Type { get; set; } = BackupType.Incremental;

    /// <summary>Why it is taken; kept with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>Patterns of what is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Leaves out other file systems that are mounted below the source.</summary>
    [Parameter]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>The host to file it under, when it is not this one's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = Environment.MachineName;

    /// <summary>Zstandard level, 1 to 19.</summary>
    [Parameter]
    [ValidateRange(1, 19)]
    public int CompressionLevel { get; set; } = 3;

    /// <summary>Number of files read and frames compressed at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <summary>PostgreSQL, logical: does not count the rows of each table.</summary>
    [Parameter]
    public SwitchParameter SkipRowCount { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Service.Length > 0)
        {
            var plan = PlanAccess.Read(this, Plan).Require();
            foreach (var service in Service)
            {
                Take(plan, plan.Service(service));
            }

            return;
        }

        IReadOnlyList<DrRepository> repositories = Repository.Length == 0 ? [OpenRepository()] : OpenEach();
        foreach (var text in Source)
        {
            try
            {
                Take(repositories, Parse(text, new SourceOptions { Exclude = Exclude, OneFileSystem = OneFileSystem }, Provider), HostName, Exclude);
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    /// <summary>One of several that cannot be opened keeps the others from nothing.</summary>
    private List<DrRepository> OpenEach()
    {
        if (Repository.Length == 1)
        {
            return [OpenRepository(Repository[0])];
        }

        var opened = new List<DrRepository>();
        foreach (var reference in Repository)
        {
            try
            {
                opened.Add(TryOpen(reference));
            }
            catch (DrException e)
            {
                WriteError(e, reference.Location);
            }
        }

        return opened.Count > 0 ? opened : throw new DrException(DrError.RepositoryMissing, "Not one of the repositories can be opened.", "See the errors before this one.");
    }

    private PostgreSqlOptions Provider => PostgreSql with { CountRows = !SkipRowCount };

    private void Take(RecoveryPlan plan, PlannedService service)
    {
        if (Repository.Length > 0)
        {
            throw new DrException(DrError.BadUsage, "Of a service the plan says where backups go.", "Leave out -Repository, or name sources instead of a service.");
        }

        foreach (var planned in PlannedSelection.SourcesOf(plan, service))
        {
            try
            {
                var repositories = OpenEach(planned.Repositories.Select(plan.Repository));
                string[] exclude = [.. planned.Exclude, .. Exclude];
                var options = new SourceOptions { Exclude = exclude, OneFileSystem = planned.OneFileSystem || OneFileSystem };
                Take(repositories, Parse(planned.Source, options, Provider), planned.Host ?? HostName, exclude);
            }
            catch (DrException e)
            {
                WriteError(e, planned.Source);
            }
        }
    }

    private List<DrRepository> OpenEach(IEnumerable<PlannedRepository> planned)
    {
        var opened = new List<DrRepository>();
        foreach (var one in planned)
        {
            try
            {
                opened.Add(OpenPlanned(one));
            }
            catch (DrException e)
            {
                WriteError(e, one.Location);
            }
        }

        return opened.Count > 0 ? opened : throw new DrException(DrError.RepositoryMissing, "Not one of the repositories can be opened.", "See the errors before this one.");
    }

    private void Take(IReadOnlyList<DrRepository> repositories, ISource source, string host, string[] exclude)
    {
        var repository = repositories[0];
        if (!ShouldProcess($"Take a backup ({Type}) of {source.Name} into {string.Join(" and ", repositories)}{LastOne(repository, source, host)}", $"Back up {source.Name} into {string.Join(" and ", repositories)}?", "Backup", out _))
        {
            return;
        }

        WriteVerbose($"Backing up {source.Name} into {string.Join(" and ", repositories)}.");
        var options = new BackupOptions
        {
            Type = Type,
            Reason = Reason,
            Host = host,
            CompressionLevel = CompressionLevel,
            Parallelism = Parallelism,
            Exclude = exclude,
        };
        var progress = new ProgressDisplay<BackupProgress>($"Backing up {source.Name}", p => new WorkAmount(p.ReadBytes, p.ExpectedBytes, p.CurrentPath));
        var several = Await(stop => new BackupToSeveral([.. repositories.Select(r => r.Opened)]).RunAsync(source, options, progress, null, stop), progress);
        var result = several.Taken;
        foreach (var note in result.Notes)
        {
            WriteVerbose(note);
        }

        foreach (var sign in result.Backup.Unusual ?? [])
        {
            WriteWarning($"Unusual about {result.Backup.Id} of {source.Name}: {sign} This may be ransomware, or a mistake: look at the source before older backups expire, and pin the last good one (Protect-DrBackup).");
        }

        if (result.Backup.IsPartial)
        {
            WriteWarning($"The backup {result.Backup.Id} of {source.Name} is partial: {Display.FirstOf(result.Issues.Where(i => i.IsLoss).Select(i => $"{i.Path}: {i.Problem}"), result.Backup.IssueCount)}");
        }

        foreach (var (place, outcome) in repositories.Zip(several.Repositories))
        {
            if (outcome.Error is { } error)
            {
                WriteError(error, place.Location);
            }
            else
            {
                WriteObject(HandOut(place, outcome.Copy?.Backup ?? result.Backup));
            }
        }
    }

    /// <summary>What would be read is known only from the backup before; asked for only when nothing is changed.</summary>
    private string LastOne(DrRepository repository, ISource source, string host)
    {
        if (!IsWhatIf)
        {
            return string.Empty;
        }

        var backups = Await(stop => new BackupCatalog(repository.Opened).ListAsync(new BackupFilter { Source = source.Name, Host = host, Latest = true }, stop, _ => { }).AsTask());
        return backups is [var last]
            ? $": the last one, {last.Id}, holds {Display.Count(last.Files, "file")} and {Display.Size(last.SourceBytes)}, and took {Display.Duration(last.Duration)}"
            : ": the first one, so everything would be read";
    }
}
