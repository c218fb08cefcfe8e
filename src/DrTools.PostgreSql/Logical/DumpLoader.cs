using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Programs;
using DrTools.PostgreSql.Tables;

namespace DrTools.PostgreSql.Logical;

/// <summary>Loads dumps into a database with <c>pg_restore</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-pgrestore.html">pg_restore</see>.</remarks>
internal sealed partial class DumpLoader(ServerAddress address, string database, ClientProgram restore, PrivatePasswordFile? passwords)
{
    private const string Keys = "keys";
    private const string Others = "others";

    /// <summary>Where lists of what to load are written; needed for parts of databases.</summary>
    public string ListFolder { get; init; } = string.Empty;

    /// <summary>Whether owners and privileges are restored.</summary>
    public bool WithOwners { get; init; } = true;

    /// <summary>Whether what lay in another tablespace goes there again.</summary>
    public bool WithTablespaces { get; init; } = true;

    /// <summary>Loads one dump as a whole, from a stream that is written to it.</summary>
    /// <param name="write">Writes the dump.</param>
    /// <param name="inOneTransaction">Whether a failure shall leave nothing.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task LoadAsync(Func<Stream, CancellationToken, Task> write, bool inOneTransaction, CancellationToken cancellationToken)
    {
        using var process = Start(["--exit-on-error", .. inOneTransaction ? (string[])["--single-transaction"] : []]);
        using var registration = cancellationToken.Register(process.Kill);
        var output = process.Output.CopyToAsync(Stream.Null, cancellationToken);
        try
        {
            await using (process.Input.ConfigureAwait(false))
            {
                await write(process.Input, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // It ended before it had read everything, and says why.
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            // A dump that could not be read to its end must not be taken for a whole one.
            process.Kill();
            throw;
        }

        await EndAsync(process, output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads a dump from a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="jobs">How many connections.</param>
    /// <param name="section"><c>pre-data</c>, <c>data</c> or <c>post-data</c>; everything if not given.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task LoadAsync(string file, int jobs, string? section, CancellationToken cancellationToken)
    {
        List<string> arguments = ["--exit-on-error"];
        if (jobs > 1)
        {
            arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--jobs={jobs}"));
        }

        if (section is not null)
        {
            arguments.Add("--section=" + section);
        }

        await RunAsync([.. arguments, file], cancellationToken).ConfigureAwait(false);
    }

    private async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        using var registration = cancellationToken.Register(process.Kill);
        process.Input.Close();
        await EndAsync(process, process.Output.CopyToAsync(Stream.Null, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads the parts of a database, which may refer to each other: first all their definitions, then all their
    /// rows, then all their indexes and constraints.</summary>
    /// <param name="files">The dumps.</param>
    /// <param name="schemas">Schemas to be made first: a dump of tables alone makes none.</param>
    /// <param name="target">The database.</param>
    /// <param name="jobs">How many connections load rows.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The foreign keys that were left out, with the server's reason.</returns>
    public async Task<IReadOnlyList<string>> LoadPartsAsync(IReadOnlyList<string> files, IEnumerable<string> schemas, TargetDatabase target, int jobs, CancellationToken cancellationToken)
    {
        await LoadDefinitionsAsync(files, schemas, target, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            await LoadAsync(file, jobs, "data", cancellationToken).ConfigureAwait(false);
        }

        return await LoadIndexesAndKeysAsync(files, f => f.Contains("does not exist", StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads all definitions of a database, but only the rows of some tables.</summary>
    /// <param name="files">The dumps.</param>
    /// <param name="madeSchemas">Schemas to be made first.</param>
    /// <param name="target">The database.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="schemas">Schemas of which all tables are meant.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The foreign keys that were left out, with the server's reason: what they lead to has no rows.</returns>
    public async Task<IReadOnlyList<string>> LoadTablesAsync(
        IReadOnlyList<string> files, IEnumerable<string> madeSchemas, TargetDatabase target, IReadOnlyList<QualifiedName> tables, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        await LoadDefinitionsAsync(files, madeSchemas, target, cancellationToken).ConfigureAwait(false);
        var wanted = (await target.ListPartitionsAsync(tables, cancellationToken).ConfigureAwait(false)).Select(t => $"{t.Schema} {t.Name} ")
            .Concat(schemas.Select(s => s + " ")).ToList();
        foreach (var file in files)
        {
            var contents = await ListAsync(file, cancellationToken).ConfigureAwait(false);
            await File.WriteAllLinesAsync(
                ListOf(file, Others),
                contents.Where(l => DataForm().Match(l) is { Success: true } data && (data.Groups["kind"].Value == "SEQUENCE SET" || wanted.Any(w => data.Groups["name"].Value.StartsWith(w, StringComparison.Ordinal)))),
                cancellationToken).ConfigureAwait(false);
            await RunAsync(["--exit-on-error", "--use-list=" + ListOf(file, Others), file], cancellationToken).ConfigureAwait(false);
        }

        return await LoadIndexesAndKeysAsync(files, _ => true, cancellationToken).ConfigureAwait(false);
    }

    private async Task LoadDefinitionsAsync(IReadOnlyList<string> files, IEnumerable<string> schemas, TargetDatabase target, CancellationToken cancellationToken)
    {
        await target.ExecuteAsync(target.Name, schemas.Select(s => $"create schema if not exists {QualifiedName.Quote(s)}"), cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            await LoadAsync(file, 1, "pre-data", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Foreign keys come last, for they need the keys of tables that may be in a later dump.</summary>
    private async Task<IReadOnlyList<string>> LoadIndexesAndKeysAsync(IReadOnlyList<string> files, Func<string, bool> mayFail, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            var contents = await ListAsync(file, cancellationToken).ConfigureAwait(false);
            await File.WriteAllLinesAsync(ListOf(file, Keys), contents.Where(IsForeignKey), cancellationToken).ConfigureAwait(false);
            await File.WriteAllLinesAsync(ListOf(file, Others), contents.Where(l => !IsForeignKey(l)), cancellationToken).ConfigureAwait(false);
            await RunAsync(["--exit-on-error", "--section=post-data", "--use-list=" + ListOf(file, Others), file], cancellationToken).ConfigureAwait(false);
        }

        var leftOut = new List<string>();
        foreach (var file in files)
        {
            leftOut.AddRange(await LoadForeignKeysAsync(file, mayFail, cancellationToken).ConfigureAwait(false));
        }

        return leftOut;
    }

    private string ListOf(string file, string kind) =>
        Path.Combine(ListFolder, $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)).AsSpan(0, 8))}.{kind}");

    private static bool IsForeignKey(string line) => ForeignKeyForm().IsMatch(line);

    /// <summary>The list of contents, a line for each object.</summary>
    private async Task<IReadOnlyList<string>> ListAsync(string file, CancellationToken cancellationToken)
    {
        using var process = ClientProcess.Start(restore, ["--list", file], address, passwords);
        process.Input.Close();
        using var reader = new StreamReader(process.Output);
        var text = await reader.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        var exitCode = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
        return exitCode == 0 ? text.Split('\n') : throw Failure(process, exitCode);
    }

    /// <summary>A foreign key to a table that is not part of what is restored cannot be made.</summary>
    /// <returns>The foreign keys that were left out, with the server's reason.</returns>
    private async Task<IReadOnlyList<string>> LoadForeignKeysAsync(string file, Func<string, bool> mayFail, CancellationToken cancellationToken)
    {
        using var process = Start(["--use-list=" + ListOf(file, Keys), file]);
        using var registration = cancellationToken.Register(process.Kill);
        process.Input.Close();
        await process.Output.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        var exitCode = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (exitCode == 0)
        {
            return [];
        }

        var failures = FailureForm().Matches(process.ErrorText);
        return failures.Count > 0 && failures.All(f => f.Groups["command"].Value.Contains("FOREIGN KEY", StringComparison.Ordinal) && mayFail(f.Groups["error"].Value))
            ? [.. failures.Select(f => $"Left out: {Whitespace().Replace(f.Groups["command"].Value.Trim().TrimEnd(';'), " ")} ({f.Groups["error"].Value.Trim()})")]
            : throw Failure(process, exitCode);
    }

    private ClientProcess Start(IEnumerable<string> arguments) => ClientProcess.Start(
        restore,
        [
            "-d", ClientProcess.Connection(address, database), "-w",
            .. WithOwners ? (string[])[] : ["--no-owner", "--no-privileges"],
            .. WithTablespaces ? (string[])[] : ["--no-tablespaces"],
            .. arguments,
        ],
        address,
        passwords);

    private async Task EndAsync(ClientProcess process, Task output, CancellationToken cancellationToken)
    {
        await output.ConfigureAwait(false);
        var exitCode = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (exitCode != 0)
        {
            throw Failure(process, exitCode);
        }
    }

    private DrException Failure(ClientProcess process, int exitCode)
    {
        var failure = process.Failure($"The dump could not be loaded into {database}", address, exitCode, DrError.TargetFailure);
        return MissingRole().Match(process.ErrorText) is { Success: true } role
            ? new DrException(
                DrError.TargetFailure,
                failure.Message,
                $"Make the role {role.Groups["role"].Value} first, have the restore make missing roles, or have it ignore owners and privileges.")
            { Subject = failure.Subject }
            : failure;
    }

    [GeneratedRegex("""role "(?<role>[^"]+)" does not exist""")]
    private static partial Regex MissingRole();

    [GeneratedRegex("""pg_restore: error: could not execute query: ERROR:  (?<error>[^\n]*)\n(?:(?:DETAIL|HINT):[^\n]*\n)*Command was: (?<command>.*?)(?=\n\n\n|\npg_restore: |\z)""", RegexOptions.Singleline)]
    private static partial Regex FailureForm();

    [GeneratedRegex(@"^[0-9]+; [0-9]+ [0-9]+ FK CONSTRAINT ")]
    private static partial Regex ForeignKeyForm();

    [GeneratedRegex("^[0-9]+; [0-9]+ [0-9]+ (?<kind>TABLE DATA|SEQUENCE SET) (?<name>.*)$")]
    private static partial Regex DataForm();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
