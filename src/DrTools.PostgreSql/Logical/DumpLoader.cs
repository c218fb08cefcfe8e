using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Programs;

namespace DrTools.PostgreSql.Logical;

/// <summary>Loads dumps into a database with <c>pg_restore</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-pgrestore.html">pg_restore</see>.</remarks>
internal sealed partial class DumpLoader(ServerAddress address, string database, ClientProgram restore, TemporaryPasswordFile? passwords, bool withOwners)
{
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

        using var process = Start([.. arguments, file]);
        using var registration = cancellationToken.Register(process.Kill);
        process.Input.Close();
        await EndAsync(process, process.Output.CopyToAsync(Stream.Null, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Loads indexes, constraints and triggers of a part of a database. A foreign key to a table that is not part
    /// of it cannot be made.</summary>
    /// <returns>The foreign keys that were left out, with the server's reason.</returns>
    public async Task<IReadOnlyList<string>> LoadPostDataAsync(string file, CancellationToken cancellationToken)
    {
        using var process = Start(["--section=post-data", file]);
        using var registration = cancellationToken.Register(process.Kill);
        process.Input.Close();
        await process.Output.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        var exitCode = await process.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (exitCode == 0)
        {
            return [];
        }

        var failures = FailureForm().Matches(process.ErrorText);
        return failures.Count > 0 && failures.All(f => f.Groups["command"].Value.Contains("FOREIGN KEY", StringComparison.Ordinal) && f.Groups["error"].Value.Contains("does not exist", StringComparison.Ordinal))
            ? [.. failures.Select(f => $"Left out: {Whitespace().Replace(f.Groups["command"].Value.Trim().TrimEnd(';'), " ")} ({f.Groups["error"].Value.Trim()})")]
            : throw Failure(process, exitCode);
    }

    private ClientProcess Start(IEnumerable<string> arguments) => ClientProcess.Start(
        restore,
        ["-d", ClientProcess.Connection(address, database), "-w", .. withOwners ? (string[])[] : ["--no-owner", "--no-privileges"], .. arguments],
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

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
