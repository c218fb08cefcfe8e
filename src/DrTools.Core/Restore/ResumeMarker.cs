using System.Text;
using DrTools.Platform.Posix;
using DrTools.Repositories;

namespace DrTools.Restore;

/// <summary>
/// A file in the target that says which restore has begun there, so that the same one can be carried on after an
/// interruption, and where it keeps what it replaced. It is removed when the restore is complete.
/// </summary>
internal sealed class ResumeMarker(string target)
{
    public const string Name = ".drtools-restore";

    private const string Next = Name + "-next";

    private readonly string _path = Path.Combine(target, Name);

    /// <summary>Whether a path of a tree is where this file lies.</summary>
    public static bool HasName(ReadOnlySpan<byte> path) => path.SequenceEqual(".drtools-restore"u8) || path.SequenceEqual(".drtools-restore-next"u8);

    /// <summary>Whether an entry of a target is all that a restore left which was interrupted before it began.</summary>
    public static bool IsUnfinished(string path) => Path.GetFileName(path) == Next;

    public bool Names(Repository repository, string backupId) => Read(repository, backupId) is not null;

    /// <summary>Folders that hold what was replaced before the interruption; empty when there was none.</summary>
    public IReadOnlyList<byte[]> ReadReplaced(Repository repository, string backupId) =>
        [.. (Read(repository, backupId) ?? []).Skip(1).Select(Encoding.ASCII.GetBytes)];

    public void Write(Repository repository, string backupId, IReadOnlyList<byte[]> replaced)
    {
        try
        {
            // A new file, so that a full disk does not spoil the old one.
            Directory.CreateDirectory(target);
            var next = Path.Combine(target, Next);
            File.WriteAllLines(next, [Text(repository, backupId), .. replaced.Select(Encoding.ASCII.GetString)]);
            File.Move(next, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                e.HResult == Errno.NoSpace ? DrError.OutOfSpace : DrError.TargetFailure,
                $"Cannot restore into {target}: {e.Message}",
                "Name a folder that exists or can be created, and that this user may write to.",
                e)
            { Subject = target };
        }
    }

    public void Remove() => File.Delete(_path);

    private string[]? Read(Repository repository, string backupId)
    {
        try
        {
            var lines = File.ReadAllLines(_path);
            return lines.Length > 0 && lines[0] == Text(repository, backupId) ? lines : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Text(Repository repository, string backupId) => $"{repository.Id:D} {backupId}";
}
