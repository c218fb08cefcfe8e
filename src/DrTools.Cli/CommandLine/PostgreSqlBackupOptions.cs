using System.CommandLine;
using DrTools.PostgreSql;

namespace DrTools.Cli.CommandLine;

/// <summary>The options of <c>drtools backup</c> that only PostgreSQL knows. Passwords come from the password file or a
/// service file.</summary>
internal sealed class PostgreSqlBackupOptions
{
    private readonly Option<Method?> _method = ChoiceOption.Create<Method>("--method", "PostgreSQL: the cluster's files, or what pg_dump writes; if not given, physical for a cluster, logical for a database.");
    private readonly Option<string[]> _schemas = new("--schema") { Description = "PostgreSQL, logical: only this schema; may be repeated.", HelpName = "NAME" };
    private readonly Option<string[]> _tables = new("--table") { Description = "PostgreSQL, logical: only this table (schema.table); may be repeated.", HelpName = "NAME" };
    private readonly Option<bool> _includeWal = new("--include-wal") { Description = "PostgreSQL, physical: store the WAL that makes a restored copy consistent with the backup." };
    private readonly Option<Transport?> _transport = ChoiceOption.Create<Transport>("--transport", "PostgreSQL, physical: read the data directory here, or the server's base-backup stream; if not given, whichever can be.");
    private readonly Option<string?> _dataDirectory = new("--data-directory") { Description = "PostgreSQL, physical: where the data directory is, if not where the server says.", HelpName = "DIR" };
    private readonly Option<string?> _programs = new("--pg-bin") { Description = "PostgreSQL, logical: where pg_dump is looked for first.", HelpName = "DIR" };
    private readonly Option<bool> _noRowCounts = new("--no-row-counts") { Description = "PostgreSQL, logical: do not count the rows of each table." };

    private enum Method
    {
        Physical,
        Logical,
    }

    private enum Transport
    {
        Local,
        Stream,
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _method, _schemas, _tables, _includeWal, _transport, _dataDirectory, _programs, _noRowCounts })
        {
            command.Options.Add(option);
        }
    }

    public PostgreSqlOptions Read(CommandRun run) => new()
    {
        Method = run.Get(_method) switch
        {
            Method.Physical => BackupMethod.Physical,
            Method.Logical => BackupMethod.Logical,
            _ => BackupMethod.Default,
        },
        Schemas = run.Get(_schemas)!,
        Tables = run.Get(_tables)!,
        IncludeWal = run.Get(_includeWal),
        Transport = run.Get(_transport) switch
        {
            Transport.Local => PhysicalTransport.Local,
            Transport.Stream => PhysicalTransport.Stream,
            _ => PhysicalTransport.Default,
        },
        DataDirectory = run.Get(_dataDirectory),
        ProgramFolder = run.Get(_programs),
        CountRows = !run.Get(_noRowCounts),
    };
}
