using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Programs;
using DrTools.PostgreSql.Scratch;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// Proves restored dumps by loading them into a scratch server of the version that they came from, roles first, and
/// counting every table.
/// </summary>
internal sealed class RestoredDumps(string folder, SourceFacts facts, string? programFolder, TimeProvider time)
{
    private readonly List<SourceCheck> _checks = [];

    /// <summary>Where the scratch server's folder is made; the system's temporary folder if not given.</summary>
    public string? Parent { get; init; }

    /// <summary>Queries that must return true. They run in the database of the backup, where it is one and they name none.</summary>
    public IReadOnlyList<string> Assertions { get; init; } = [];

    /// <summary>Number of connections that load rows and build indexes.</summary>
    public int Jobs { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    public async ValueTask<IReadOnlyList<SourceCheck>> CheckAsync(CancellationToken cancellationToken)
    {
        ScratchInstance? scratch = null;
        try
        {
            await RunAsync("scratch server", async () =>
            {
                scratch = ScratchInstance.Create(int.Parse(facts.Details["serverVersion"], CultureInfo.InvariantCulture) / 10000, new ScratchOptions { Parent = Parent });
                await scratch.InitializeAsync(cancellationToken).ConfigureAwait(false);
                return $"PostgreSQL {scratch.Programs.Version}, run as {scratch.RunsAs}";
            }).ConfigureAwait(false);
            if (scratch is { IsRunning: true })
            {
                await CheckAsync(scratch, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _checks.AddRange(Assertions.Select(a => new SourceCheck($"assertion: {a}", false, "could not run: there is no server to ask", TimeSpan.Zero)));
            }
        }
        finally
        {
            if (scratch is not null)
            {
                await scratch.DisposeAsync().ConfigureAwait(false);
            }
        }

        return _checks;
    }

    private async Task CheckAsync(ScratchInstance scratch, CancellationToken cancellationToken)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => new TreeEntry { Path = LogicalEntries.Bytes(Path.GetRelativePath(folder, f).Replace('\\', '/')), Kind = EntryKind.File, Size = new FileInfo(f).Length })
            .OrderBy(e => e.DisplayPath, StringComparer.Ordinal).ToList();
        await RunAsync("roles", async () =>
        {
            var script = RoleScript.Parse(await File.ReadAllTextAsync(Path.Combine(folder, LogicalEntries.Globals), cancellationToken).ConfigureAwait(false));
            var made = await new TargetDatabase(scratch.Address, null, "postgres").MakeRolesAsync(script, cancellationToken).ConfigureAwait(false);
            return $"{Figures.Count(script.Roles.Count, "role")}, of which {made.Count} were made";
        }).ConfigureAwait(false);
        var databases = LogicalDumps.DatabasesOf(facts);
        foreach (var database in databases)
        {
            var dumps = LogicalDumps.From(facts, database, [.. files.Where(f => LogicalEntries.DatabaseOf(f.DisplayPath) == database)], databases.Count);
            var target = new TargetDatabase(scratch.Address, null, database);
            var loaded = await RunAsync($"restore of {database}", () => LoadAsync(scratch, dumps, target, cancellationToken)).ConfigureAwait(false);
            if (loaded)
            {
                var (rows, _) = await target.CheckRowsAsync(dumps.Tables, time, cancellationToken).ConfigureAwait(false);
                _checks.AddRange(databases.Count == 1 ? rows : rows.Select(r => r with { Name = $"{r.Name} in {database}" }));
            }
        }

        foreach (var text in Assertions)
        {
            var start = time.GetTimestamp();
            var assertion = SqlAssertion.Parse(text);
            var (passed, detail) = await (assertion with { Database = assertion.Database ?? (databases.Count == 1 ? databases[0] : null) }).RunAsync(scratch, cancellationToken).ConfigureAwait(false);
            _checks.Add(new SourceCheck($"assertion: {text}", passed, detail, time.GetElapsedTime(start)));
        }
    }

    private async Task<string> LoadAsync(ScratchInstance scratch, LogicalDumps dumps, TargetDatabase target, CancellationToken cancellationToken)
    {
        if (dumps.Entries.Count == 0)
        {
            throw new DrException(DrError.RestoreMismatch, $"There is no dump of {dumps.Database} in {folder}.", "Verify the backup.");
        }

        using var work = WorkFolder.Create(null);
        var loader = new DumpLoader(scratch.Address, target.Name, ClientPrograms.Find("pg_restore", dumps.DumpMajor, programFolder), null) { WithTablespaces = false, ListFolder = work.Path };
        var paths = dumps.Entries.Select(e => Path.Combine(folder, e.DisplayPath)).ToList();
        await target.PrepareAsync(dumps.Definition, withOwner: true, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> leftOut = [];
        if (dumps.IsWhole)
        {
            await loader.LoadAsync(paths[0], Jobs, null, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            leftOut = await loader.LoadPartsAsync(paths, dumps.TableSchemas, target, Jobs, cancellationToken).ConfigureAwait(false);
        }

        return string.Join("; ", leftOut.Prepend($"{Figures.Count(paths.Count, "dump")} of {Figures.Bytes(dumps.Entries.Sum(e => e.Size))} loaded"));
    }

    /// <summary>A check that could not run has not passed.</summary>
    private async Task<bool> RunAsync(string name, Func<Task<string>> check)
    {
        var start = time.GetTimestamp();
        try
        {
            var detail = await check().ConfigureAwait(false);
            _checks.Add(new SourceCheck(name, true, detail, time.GetElapsedTime(start)));
            return true;
        }
        catch (DrException e)
        {
            _checks.Add(new SourceCheck(name, false, $"{e.Message} {e.Remedy}", time.GetElapsedTime(start)));
            return false;
        }
    }
}
