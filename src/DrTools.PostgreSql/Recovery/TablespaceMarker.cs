using DrTools.PostgreSql.Platform;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// A file in a tablespace's folder that says which restore has begun there, for which data directory: so that the same one can
/// be carried on after an interruption, and takes nothing of anybody else's for its own. It is removed when the restore is
/// complete.
/// </summary>
internal sealed class TablespaceMarker(string folder)
{
    /// <summary>Its name.</summary>
    public const string Name = ".drtools-restore-tablespace";

    private readonly string _path = Path.Combine(folder, Name);

    /// <summary>Whether an unfinished restore of this backup into this data directory left what is there.</summary>
    public bool Names(Repository repository, string backupId, string dataDirectory) => Read() is { } lines && lines.SequenceEqual(Lines(repository, backupId, dataDirectory), StringComparer.Ordinal);

    /// <summary>The data directory of the unfinished restore that left what is there, if one did.</summary>
    public string? DataDirectory => Read() is [_, _, var directory] ? directory : null;

    /// <summary>Leaves it.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/>.</exception>
    public void Write(Repository repository, string backupId, string dataDirectory)
    {
        try
        {
            PrivateFiles.MakeFolder(folder);
            File.WriteAllLines(_path, Lines(repository, backupId, dataDirectory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"Cannot restore a tablespace into {folder}: {e.Message}", "Name a folder that exists or can be created, and that this user may write to.", e) { Subject = folder };
        }
    }

    /// <summary>Removes it.</summary>
    public void Remove() => File.Delete(_path);

    private string[]? Read()
    {
        try
        {
            return File.ReadAllLines(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string[] Lines(Repository repository, string backupId, string dataDirectory) => [$"{repository.Id:D}", backupId, dataDirectory];
}
