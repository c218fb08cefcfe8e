using System.Text;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Plans;

/// <summary>Makes a commented plan to start from: of what is given, of what the repositories hold already, and of the database
/// servers that answer on this host.</summary>
/// <param name="secrets">Where the secrets of the repositories come from.</param>
public sealed class PlanStarter(PlanSecrets secrets)
{
    /// <summary>Makes the text, and writes nothing.</summary>
    /// <exception cref="DrException">A source makes no sense.</exception>
    public async Task<StarterResult> MakeAsync(StarterOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var file = Path.GetFullPath(options.File);
        var (notes, sources) = (new List<string>(), new List<StarterSource>());
        var repositories = new List<PlannedRepository>();
        foreach (var given in options.Repositories)
        {
            repositories.Add(await LookIntoAsync(given, sources, notes, cancellationToken).ConfigureAwait(false));
        }

        if (options.LooksAround)
        {
            LookAround(sources, notes);
        }

        foreach (var source in options.Sources.Select(s => SourceRegistry.Parse(s).Name))
        {
            Add(sources, new StarterSource(source, null));
        }

        if (sources.Count == 0)
        {
            notes.Add("No source was given or found: the plan has an example of one, which is to be replaced.");
        }

        return new StarterResult
        {
            File = file,
            SchemaFile = Path.Combine(Path.GetDirectoryName(file)!, "dr.schema.json"),
            Sources = [.. sources.Select(s => s.Source)],
            Notes = notes,
            Text = StarterText.Write(options.Name ?? $"Recovery plan of {Environment.MachineName}", repositories, sources),
        };
    }

    /// <summary>Writes it, with the schema beside it. Nothing is replaced unless it is forced.</summary>
    /// <returns>Notes.</returns>
    /// <exception cref="DrException"><see cref="DrError.PlanExists"/>, or it cannot be written.</exception>
    public static IReadOnlyList<string> Write(StarterResult starter, bool force)
    {
        ArgumentNullException.ThrowIfNull(starter);
        var notes = new List<string>();
        try
        {
            using (var stream = new FileStream(starter.File, force ? FileMode.Create : FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(Encoding.UTF8.GetBytes(starter.Text));
            }

            if (!File.Exists(starter.SchemaFile) || force)
            {
                File.WriteAllText(starter.SchemaFile, PlanLoader.Schema);
            }
            else if (File.ReadAllText(starter.SchemaFile) != PlanLoader.Schema)
            {
                notes.Add($"{starter.SchemaFile} is of another version and was left as it is; replace it with what drtools plan schema prints.");
            }
        }
        catch (IOException) when (!force && File.Exists(starter.File))
        {
            throw new DrException(DrError.PlanExists, $"There is a plan already: {starter.File}.", "Name another file, or replace it (--force, -Force).") { Subject = starter.File };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"{starter.File} cannot be written: {e.Message}", "Name a file in a folder that you may write to.", e) { Subject = starter.File };
        }

        return notes;
    }

    private async Task<PlannedRepository> LookIntoAsync(PlannedRepository given, List<StarterSource> sources, List<string> notes, CancellationToken cancellationToken)
    {
        Repository repository;
        try
        {
            repository = await new PlanRepositories(secrets).OpenAsync(given, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            notes.Add($"{given.Location} was not looked into: {e.Message}");
            return given;
        }

        await using (repository.ConfigureAwait(false))
        {
            var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter { Latest = true }, cancellationToken, _ => { }).ConfigureAwait(false);
            notes.Add($"{given.Location} holds backups of {Figures.Count(backups.Count, "source")}.");
            foreach (var backup in backups)
            {
                Add(sources, new StarterSource(backup.Source, backup.Host == Environment.MachineName ? null : backup.Host));
            }

            return given with { Place = repository.Place };
        }
    }

    private static void LookAround(List<StarterSource> sources, List<string> notes)
    {
        foreach (var found in SourceRegistry.FindOnThisHost())
        {
            notes.Add($"{found} answers on this host.");
            Add(sources, new StarterSource(SourceRegistry.Parse(found).Name, null));
        }
    }

    private static void Add(List<StarterSource> sources, StarterSource source)
    {
        if (!sources.Contains(source))
        {
            sources.Add(source);
        }
    }
}

/// <summary>A source of a starter, and the host that it is on if that is not this one.</summary>
internal sealed record StarterSource(string Source, string? Host);
