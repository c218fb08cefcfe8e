using DrTools.Repositories;

namespace DrTools.Restore;

/// <summary>
/// A file in the target that says which restore has begun there, so that the same one can be carried on after an
/// interruption. It is removed when the restore is complete.
/// </summary>
internal sealed class ResumeMarker(string target)
{
    public const string Name = ".drtools-restore";

    private readonly string _path = Path.Combine(target, Name);

    public bool Names(Repository repository, string backupId)
    {
        try
        {
            return File.ReadAllText(_path) == Text(repository, backupId);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Write(Repository repository, string backupId)
    {
        try
        {
            Directory.CreateDirectory(target);
            File.WriteAllText(_path, Text(repository, backupId));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.TargetFailure,
                $"Cannot restore into {target}: {e.Message}",
                "Name a folder that exists or can be created, and that this user may write to.",
                e)
            { Subject = target };
        }
    }

    public void Remove() => File.Delete(_path);

    private static string Text(Repository repository, string backupId) => $"{repository.Id:D} {backupId}\n";
}
