using System.Globalization;
using System.Reflection;
using System.Text.Json;
using DrTools.Backup;
using DrTools.Stores;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// What manifests say of their backups, kept on this machine for stores that are far away: a listing then asks the store for
/// names alone. An entry counts only for the object that is listed, by its name, size and time, and it is sealed under the
/// repository's key: what the store says is never overruled, and what lies here tells nobody anything.
/// </summary>
internal sealed class BackupCache
{
    /// <summary>Where caches are; <c>none</c> for nowhere.</summary>
    internal const string FolderVariable = "DRTOOLS_CACHE";

    /// <summary>Another version may know more of a backup than this one kept.</summary>
    private static readonly string Version =
        typeof(BackupCache).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "?";

    private readonly Repository _repository;
    private readonly string _folder;

    private BackupCache(Repository repository, string folder) => (_repository, _folder) = (repository, folder);

    /// <summary>The cache of a repository; <see langword="null"/> when it is near, or there is to be none.</summary>
    public static BackupCache? Of(Repository repository)
    {
        if (!repository.Store.IsRemote || Environment.GetEnvironmentVariable(FolderVariable) == "none")
        {
            return null;
        }

        try
        {
            var folder = Path.Join(Root(), repository.Id.ToString("n", CultureInfo.InvariantCulture));
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            return new BackupCache(repository, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A machine without a home, or with a full disk, lists all the same.
            return null;
        }
    }

    /// <summary>What is known of a backup; <see langword="null"/> when nothing is.</summary>
    public BackupInfo? Find(ListedManifest listed)
    {
        try
        {
            var content = Envelope.Open(_repository.Key, _repository.Id, EnvelopeKind.CachedBackup, NameOf(listed.Stored), File.ReadAllBytes(FileOf(listed)));
            return JsonSerializer.Deserialize(content, RepositoryJson.Default.BackupInfo) is { } info ? ManifestRoot.Complete(info) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidDataException or DrException { Error: DrError.IntegrityFailure })
        {
            return null;
        }
    }

    public void Keep(ListedManifest listed, BackupInfo info)
    {
        var sealedEntry = _repository.Seal(EnvelopeKind.CachedBackup, NameOf(listed.Stored), JsonSerializer.SerializeToUtf8Bytes(info, RepositoryJson.Default.BackupInfo));
        var temporary = Path.Join(_folder, $".{Guid.NewGuid():n}");
        try
        {
            File.WriteAllBytes(temporary, sealedEntry);
            File.Move(temporary, FileOf(listed), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next listing asks the store again.
            TryDelete(temporary);
        }
    }

    /// <summary>Removes what is kept of backups that are gone.</summary>
    /// <param name="listed">Every manifest that there is.</param>
    public void Forget(IReadOnlyList<ListedManifest> listed)
    {
        try
        {
            var known = Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)).ToHashSet(StringComparer.Ordinal);
            known.ExceptWith(listed.Select(l => l.Name.BackupId));
            foreach (var name in known)
            {
                TryDelete(Path.Join(_folder, name));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is in nobody's way.
        }
    }

    private static string Root() => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } chosen ? chosen
        : Path.Join(
            OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "drtools");

    private static string NameOf(StoredObject stored) =>
        string.Create(CultureInfo.InvariantCulture, $"cache/{Version}/{stored.Name}/{stored.Length}/{stored.Created.UtcTicks}");

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else is at it.
        }
    }

    private string FileOf(ListedManifest listed) => Path.Join(_folder, listed.Name.BackupId);
}
