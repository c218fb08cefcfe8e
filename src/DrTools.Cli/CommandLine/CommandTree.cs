using System.CommandLine;
using System.CommandLine.Help;
using DrTools.Cli.Commands;

namespace DrTools.Cli.CommandLine;

/// <summary>Every command. A new one is a file in Commands and a line here.</summary>
internal static class CommandTree
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Disaster recovery: takes backups, proves that they work, and brings them back.")
        {
            new InitCommand(),
            new BackupCommand(),
            new ListCommand(),
            new RunsCommand(),
            new VerifyCommand(),
            new CopyCommand(),
            new CopiesCommand(),
            new ObjectivesCommand(),
            new StrategiesCommand(),
            new ImpactCommand(),
            new CostCommand(),
            new RegionsCommand(),
            new RestoreCommand(),
            new ThawCommand(),
            new RestoreTableCommand(),
            new ProgressCommand(),
            new WindowCommand(),
            new FindPointCommand(),
            new ExpireCommand(),
            new PinCommand(),
            new UnpinCommand(),
            new RemoveCommand(),
            new CheckCommand(),
            new CheckSourceCommand(),
            new UpgradeCommand(),
            new PlaceCommand(),
            new Command("plan", "Say what must survive, in a plan file, and hold it against reality.") { new PlanNewCommand(), new PlanShowCommand(), new PlanTestCommand(), new PlanDocumentCommand(), new PlanSchemaCommand() },
            new ReportCommand(),
            new Command("evidence", "Prove that records and reports are what they were.") { new EvidenceTestCommand() },
            new Command("drill", "Rehearse disasters, and see how the rehearsals went.") { new DrillRunCommand(), new DrillListCommand(), new DrillShowCommand(), new DrillTrendCommand(), new DrillCoverageCommand() },
            new Command("action", "What is to be made better: what drills have found, and what people have said of it.") { new ActionListCommand(), new ActionSetCommand(), new ActionAddCommand() },
            new Command("key", "Manage what opens a repository.")
            {
                new KeyListCommand(), new KeyAddCommand(), new KeyRotateCommand(), new KeyRemoveCommand(),
            },
            new Command("wal", "Archive PostgreSQL's log, receive it, and fetch it for recovery.") { new WalPushCommand(), new WalGetCommand(), new WalReceiveCommand() },
            new Command("archive", "Have PostgreSQL servers archive their log.") { new ArchiveEnableCommand(), new ArchiveSwitchCommand() },
            new Command("deposit", "Back up hosts that may store and do nothing else.")
            {
                new DepositRecipientCommand(), new DepositCreateCommand(), new DepositListCommand(), new DepositReceiveCommand(),
            },
            new Command("bucket", "Protect the bucket that a repository lies in.") { new BucketProtectCommand(), new BucketShowCommand() },
            new RestartCommand(),
            new KitCommand(),
            new DemoCommand(),
        };
        root.Options.Add(GlobalOptions.Json);
        root.Options.Add(GlobalOptions.Quiet);
        root.Options.Add(GlobalOptions.Verbose);
        foreach (var help in root.Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExitCodes((HelpAction)help.Action!);
        }

        return root;
    }
}
