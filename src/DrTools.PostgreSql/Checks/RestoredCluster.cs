using System.Diagnostics;
using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Checks;

/// <summary>
/// Proves a restored data directory by running it: recovered in a scratch instance to the end of its backup, every page's
/// checksum verified, tables and indexes checked, rows compared, the user's assertions run.
/// </summary>
internal sealed class RestoredCluster(ScratchCopy copy, string? programFolder)
{
    private readonly List<SourceCheck> _checks = [];
    private readonly SourceFacts _facts = copy.Backup.Facts;

    /// <summary>Checks, and removes what it made; the copy is used up.</summary>
    public async ValueTask<IReadOnlyList<SourceCheck>> CheckAsync(CancellationToken cancellationToken)
    {
        ScratchInstance? scratch = null;
        try
        {
            var ready = await RunAsync("control file", () => Task.FromResult(CheckControlFile())).ConfigureAwait(false)
                && await RunAsync("recovery", async () =>
                {
                    scratch = NewInstance();
                    Directory.Move(copy.Folder, scratch.DataDirectory);
                    return (true, await RecoverAsync(scratch, cancellationToken).ConfigureAwait(false));
                }).ConfigureAwait(false);
            if (ready)
            {
                await CheckAsync(scratch!, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _checks.AddRange(copy.Assertions.Select(a => new SourceCheck($"assertion: {a}", false, "could not run: there is no server to ask", TimeSpan.Zero)));
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
        // Before anybody asks: queries set hint bits, and stopped files are not being written.
        PageCheckResult? pages = null;
        await RunAsync("page checksums", async () =>
        {
            await scratch.StopAsync().ConfigureAwait(false);
            pages = PageCheck.Run(scratch.DataDirectory, copy.Parallelism, cancellationToken);
            var figures = $"{Figures.Count(pages.Pages, "page")} in {Figures.Count(pages.Files, "file")}";
            return (pages.DamagedPages == 0, pages.DamagedPages == 0 ? $"{figures}, every one whole" : $"{figures}; {Figures.Count(pages.DamagedPages, "page")} damaged: {string.Join("; ", pages.Damaged)}");
        }).ConfigureAwait(false);
        if (_facts.Details.GetValueOrDefault("checksums") == "off" && _checks[^1].Passed)
        {
            _checks[^1] = _checks[^1] with { Passed = false, IsOptional = true, Detail = "could not run: the cluster has no data checksums" };
        }

        List<string> databases = [];
        if (!await RunAsync("start", async () =>
        {
            await scratch.StartAsync(cancellationToken).ConfigureAwait(false);
            databases = await DatabasesAsync(scratch, cancellationToken).ConfigureAwait(false);
            return (true, $"{Figures.Count(databases.Count, "database")}: {string.Join(", ", databases)}");
        }).ConfigureAwait(false))
        {
            return;
        }

        _checks.AddRange(await new RowComparison(scratch, _facts, pages?.Newest ?? new Dictionary<string, Lsn>()).RunAsync(cancellationToken).ConfigureAwait(false));
        foreach (var database in databases)
        {
            var couldRun = true;
            await RunAsync($"amcheck of {database}", async () =>
            {
                (couldRun, var passed, var detail) = await new AmCheck(scratch, database, copy.IsThorough).RunAsync(cancellationToken).ConfigureAwait(false);
                return (passed, detail);
            }).ConfigureAwait(false);
            _checks[^1] = _checks[^1] with { IsOptional = !couldRun };
        }

        foreach (var assertion in copy.Assertions)
        {
            await RunAsync($"assertion: {assertion}", () => SqlAssertion.Parse(assertion).RunAsync(scratch, cancellationToken)).ConfigureAwait(false);
        }
    }

    private (bool Passed, string Detail) CheckControlFile()
    {
        var control = ControlFile.Read(copy.Folder);
        var expected = _facts.Details.GetValueOrDefault("systemIdentifier");
        return expected == control.SystemIdentifier.ToString(CultureInfo.InvariantCulture)
            ? (true, $"whole, of cluster {expected}")
            : (false, $"it is that of cluster {control.SystemIdentifier}, and the backup is of cluster {expected}");
    }

    private ScratchInstance NewInstance()
    {
        var version = int.Parse(_facts.Details["serverVersion"], CultureInfo.InvariantCulture) / 10000;
        return ScratchInstance.Create(version, new ScratchOptions
        {
            Parent = copy.Parent,
            Programs = programFolder is { } folder && ServerPrograms.TryAt(folder)?.MajorVersion == version ? folder : null,
        });
    }

    private async Task<string> RecoverAsync(ScratchInstance scratch, CancellationToken cancellationToken)
    {
        var supply = _facts.Details.GetValueOrDefault("walIncluded") == "true"
            ? null
            : new ArchiveWalSupply([copy.Logs], ulong.Parse(_facts.Details["systemIdentifier"], CultureInfo.InvariantCulture));
        var recovery = await scratch.RecoverAsync(RecoveryTarget.Immediate, RecoveryTargetAction.Promote, supply, null, cancellationToken).ConfigureAwait(false);
        return $"consistent{(recovery.Position is { } position ? $" at {position}" : string.Empty)} in PostgreSQL {scratch.Programs.Version}, run as {scratch.RunsAs}{(recovery.Files > 0 ? $", with {Figures.Count(recovery.Files, "file")} of the log archive" : string.Empty)}";
    }

    private static async Task<List<string>> DatabasesAsync(ScratchInstance scratch, CancellationToken cancellationToken)
    {
        await using var connection = await scratch.OpenAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand("select datname::text from pg_database where datallowconn order by 1", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var databases = new List<string>();
        while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            databases.Add(rows.GetString(0));
        }

        return databases;
    }

    /// <summary>A check that could not run has not passed.</summary>
    private async Task<bool> RunAsync(string name, Func<Task<(bool Passed, string Detail)>> check)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var (passed, detail) = await check().ConfigureAwait(false);
            _checks.Add(new SourceCheck(name, passed, detail, clock.Elapsed));
            return passed;
        }
        catch (Exception e) when (e is DrException or NpgsqlException or IOException or UnauthorizedAccessException)
        {
            _checks.Add(new SourceCheck(name, false, e is DrException known ? $"{known.Message} {known.Remedy}" : e.Message, clock.Elapsed));
            return false;
        }
    }
}
