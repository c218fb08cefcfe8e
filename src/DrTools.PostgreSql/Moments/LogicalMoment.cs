using System.Globalization;
using System.Text;
using DrTools.Backup;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Programs;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;
using DrTools.Restore;
using Npgsql;

namespace DrTools.PostgreSql.Moments;

/// <summary>The moment of a logical backup: its definitions and the rows of some tables, in a fresh scratch server.</summary>
internal sealed class LogicalMoment(Repository repository, BackupInfo backup, string? programFolder, ScratchOptions options) : IMoment
{
    public string? SystemIdentifier => backup.Facts.Details.GetValueOrDefault("systemIdentifier");

    public string? DefaultDatabase => LogicalDumps.DatabasesOf(backup.Facts) is [var only] ? only : null;

    public async Task<OpenMoment> OpenAsync(string database, IReadOnlyList<QualifiedName> tables, IReadOnlyList<string> schemas, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
    {
        var contents = await BackupContents.OpenAsync(repository, backup, cancellationToken).ConfigureAwait(false);
        var dumps = await LogicalDumps.ReadAsync(contents, backup, database, cancellationToken).ConfigureAwait(false);
        var program = ClientPrograms.Find("pg_restore", dumps.DumpMajor, programFolder);
        using var work = WorkFolder.Create(options.Parent);
        var files = new List<string>();
        foreach (var entry in dumps.Entries)
        {
            var path = Path.Combine(work.Path, files.Count.ToString(CultureInfo.InvariantCulture));
            var file = File.Create(path);
            await using (file.ConfigureAwait(false))
            {
                var report = progress is null ? null : new Progress<long>(b => progress.Report(new TableProgress("restore", null, b)));
                await contents.CopyAsync(entry.DisplayPath, file, report, cancellationToken).ConfigureAwait(false);
            }

            files.Add(path);
        }

        progress?.Report(new TableProgress("load", null, 0));
        var scratch = ScratchInstance.Create(int.Parse(backup.Facts.Details["serverVersion"], CultureInfo.InvariantCulture) / 10000, options);
        try
        {
            await scratch.InitializeAsync(cancellationToken).ConfigureAwait(false);
            using var globals = new MemoryStream();
            await contents.CopyAsync(LogicalEntries.Globals, globals, null, cancellationToken).ConfigureAwait(false);

            var target = new TargetDatabase(scratch.Address, null, database);
            await target.MakeRolesAsync(RoleScript.Parse(Encoding.UTF8.GetString(globals.ToArray())), cancellationToken).ConfigureAwait(false);
            await target.PrepareAsync(dumps.Definition, withOwner: true, cancellationToken).ConfigureAwait(false);
            var loader = new DumpLoader(scratch.Address, target.Name, program, null) { WithTablespaces = false, ListFolder = work.Path };
            var notes = await loader.LoadTablesAsync(files, dumps.TableSchemas, target, tables, schemas, cancellationToken).ConfigureAwait(false);
            return new Open(scratch) { Notes = notes };
        }
        catch
        {
            await scratch.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class Open(ScratchInstance scratch) : OpenMoment
    {
        public override Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken) => scratch.OpenAsync(database, cancellationToken: cancellationToken);

        public override ValueTask DisposeAsync() => scratch.DisposeAsync();
    }
}
