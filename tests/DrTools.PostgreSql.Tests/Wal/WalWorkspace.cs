using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>A data directory without a server, and repositories to archive its log into.</summary>
internal sealed class WalWorkspace : IAsyncDisposable
{
    private readonly List<Repository> _repositories = [];

    public WalWorkspace()
    {
        Folder = Directory.CreateTempSubdirectory("drtools-test-wal-").FullName;
        DataDirectory = SegmentFile.DataDirectory(Folder);
    }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Folder { get; }

    public string DataDirectory { get; }

    public string WalFolder => Path.Combine(DataDirectory, "pg_wal");

    public async Task<LogArchive> CreateArchiveAsync(string name = "repo")
    {
        var repository = await new RepositoryFactory().CreateAsync(Path.Combine(Folder, name), RepositoryCredential.None, Cancellation);
        _repositories.Add(repository);
        return new LogArchive(repository);
    }

    public string Write(WalSegment segment, byte fill = 1, string? name = null) => SegmentFile.Write(WalFolder, segment, fill, name);

    public string Write(string name, string text)
    {
        var path = Path.Combine(WalFolder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public static Task<WalPushResult> PushAsync(LogArchive archive, string path) => Task.Run(() => WalPush.Run([archive], path));

    public static async Task<LogPutOutcome> PushOkAsync(LogArchive archive, string path)
    {
        var result = Assert.Single((await PushAsync(archive, path)).Results);
        return result.Error is null ? result.Outcome : throw result.Error;
    }

    /// <summary>Fetches a file; <see langword="null"/> when it is not there.</summary>
    public async Task<byte[]?> GetAsync(string name, params LogArchive[] archives)
    {
        Assert.True(WalFileName.TryParse(name, out var file));
        var target = Path.Combine(WalFolder, "RECOVERYXLOG");
        File.Delete(target);
        var isThere = WalGet.Run(archives, SegmentFile.Cluster, file, target, null);
        Assert.Equal(isThere, File.Exists(target));
        Assert.False(File.Exists(target + ".drtools"));
        return isThere ? await File.ReadAllBytesAsync(target, Cancellation) : null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _repositories)
        {
            await repository.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
