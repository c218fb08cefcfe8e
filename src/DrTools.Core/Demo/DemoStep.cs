namespace DrTools.Demo;

/// <summary>The steps of the demo, in the order in which they happen.</summary>
public enum DemoStep
{
    /// <summary>A database and a file tree are made.</summary>
    Prepare,

    /// <summary>An encrypted repository is created.</summary>
    CreateRepository,

    /// <summary>PostgreSQL: the server archives its log into the repository.</summary>
    EnableArchive,

    /// <summary>A full backup of everything is taken.</summary>
    FullBackup,

    /// <summary>Orders come in and files are edited.</summary>
    Change,

    /// <summary>PostgreSQL: somebody drops a table.</summary>
    Mistake,

    /// <summary>PostgreSQL: the last moment is found at which the table was there.</summary>
    FindPoint,

    /// <summary>PostgreSQL: the table is restored as it was at that moment.</summary>
    RestoreTable,

    /// <summary>An incremental backup of everything is taken.</summary>
    IncrementalBackup,

    /// <summary>Every backup is verified.</summary>
    Verify,

    /// <summary>Production goes on: what is written from here on is in no backup.</summary>
    Production,

    /// <summary>The database, and half of the files, are destroyed.</summary>
    Disaster,

    /// <summary>Recovery: what is left is looked at.</summary>
    Assess,

    /// <summary>Recovery: the repository is opened with the passphrase.</summary>
    OpenRepository,

    /// <summary>Recovery: the database is restored.</summary>
    RestoreDatabase,

    /// <summary>Recovery, PostgreSQL: the server replays its log.</summary>
    ReplayLog,

    /// <summary>Recovery: the restored database is checked with its engine's own means.</summary>
    CheckDatabase,

    /// <summary>Recovery: the files are restored.</summary>
    RestoreFiles,

    /// <summary>Recovery: everything is compared with what is known to have been there.</summary>
    Compare,
}

/// <summary>What the steps are called.</summary>
public static class DemoSteps
{
    /// <summary>A short title for people.</summary>
    public static string Title(this DemoStep step) => step switch
    {
        DemoStep.Prepare => "Make production data",
        DemoStep.CreateRepository => "Create encrypted repository",
        DemoStep.EnableArchive => "Archive the log",
        DemoStep.FullBackup => "Full backup",
        DemoStep.Change => "Change data",
        DemoStep.Mistake => "A table is dropped",
        DemoStep.FindPoint => "Find last good moment",
        DemoStep.RestoreTable => "Restore the table",
        DemoStep.IncrementalBackup => "Incremental backup",
        DemoStep.Verify => "Verify backups",
        DemoStep.Production => "Production goes on",
        DemoStep.Disaster => "Disaster",
        DemoStep.Assess => "Assess the damage",
        DemoStep.OpenRepository => "Open repository",
        DemoStep.RestoreDatabase => "Restore database",
        DemoStep.ReplayLog => "Replay the log",
        DemoStep.CheckDatabase => "Check database",
        DemoStep.RestoreFiles => "Restore files",
        DemoStep.Compare => "Compare everything",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, null),
    };

    /// <summary>Whether the step counts towards the recovery time.</summary>
    public static bool IsRecovery(this DemoStep step) => step > DemoStep.Disaster;
}
