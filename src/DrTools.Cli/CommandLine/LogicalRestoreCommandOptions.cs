using System.CommandLine;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;

namespace DrTools.Cli.CommandLine;

/// <summary>The options of <c>drtools restore</c> for logical backups of PostgreSQL.</summary>
internal sealed class LogicalRestoreCommandOptions
{
    private readonly Option<string?> _database = new("--database") { Description = "PostgreSQL, logical: which database of the backup, where it holds several.", HelpName = "NAME" };
    private readonly Option<RoleHandling?> _roles = ChoiceOption.Create<RoleHandling>("--roles", "PostgreSQL, logical: roles that the backup names have to exist (if not given), are made, or are left out with all privileges.");
    private readonly Option<int?> _jobs = NumberOption.Create("--jobs", "PostgreSQL, logical: connections that load data; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<string?> _programs = new("--pg-bin") { Description = "PostgreSQL: where its programs are looked for first.", HelpName = "DIR" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _database, _roles, _jobs, _programs })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Where programs are looked for first.</summary>
    public string? Programs(CommandRun run) => run.Get(_programs);

    public LogicalRestoreOptions Read(CommandRun run, ServerAddress target) => new()
    {
        Target = target,
        Database = run.Get(_database),
        Roles = run.Get(_roles) ?? RoleHandling.Require,
        Jobs = run.Get(_jobs) ?? 0,
        ProgramFolder = run.Get(_programs),
    };
}
