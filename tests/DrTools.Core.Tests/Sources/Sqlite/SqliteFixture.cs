using DrTools.Sources;
using DrTools.Sources.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace DrTools.Tests.Sources.Sqlite;

/// <summary>A folder with a database, a work folder and a folder to restore into.</summary>
internal sealed class SqliteFixture : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("drtools-sqlite-");

    public SqliteFixture(string fileName = "shop.db")
    {
        Data = _root.CreateSubdirectory("data").FullName;
        Work = _root.CreateSubdirectory("work").FullName;
        Restored = _root.CreateSubdirectory("restored").FullName;
        Database = Path.Combine(Data, fileName);
    }

    public string Data { get; }

    public string Work { get; }

    public string Restored { get; }

    public string Database { get; }

    public List<EntryIssue> Issues { get; } = [];

    public SqliteSourceOptions Options { get; set; } = new() { BusyTimeout = TimeSpan.FromSeconds(20) };

    public SqliteSource Source => new(Database, Options);

    private string RestoredDatabase => Path.Combine(Restored, Path.GetFileName(Database));

    public static SqliteConnection Connect(string path, int timeoutSeconds = 30)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = timeoutSeconds,
        }.ConnectionString);
        connection.Open();
        return connection;
    }

    public static object? Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public void Create(params string[] statements)
    {
        using var connection = Connect(Database);
        foreach (var sql in statements)
        {
            Execute(connection, sql);
        }
    }

    public object? AskRestored(string sql)
    {
        using var connection = Connect(RestoredDatabase);
        return Execute(connection, sql);
    }

    public async Task<SourceSession> OpenAsync(CancellationToken cancellationToken)
        => await Source.OpenAsync(new SourceContext { WorkFolder = Work, Report = Issues.Add }, cancellationToken);

    /// <summary>Backs up and restores over what was restored before.</summary>
    public async Task<(SourceFacts Facts, byte[] Content)> RoundTripAsync(CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(cancellationToken);
        var entry = Assert.Single(session.ReadEntries(cancellationToken));
        using var content = session.Open(entry);
        using var copy = new MemoryStream();
        var buffer = new byte[content.BlockSize];
        for (int count; (count = content.Read(buffer)) > 0;)
        {
            copy.Write(buffer, 0, count);
        }

        Assert.Equal(entry.Size, copy.Length);
        foreach (var file in Directory.GetFiles(Restored))
        {
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(RestoredDatabase, copy.ToArray(), cancellationToken);
        return (session.Facts, copy.ToArray());
    }

    public async Task<IReadOnlyList<SourceCheck>> CheckAsync(SourceFacts facts, CancellationToken cancellationToken)
        => await Source.CheckRestoredAsync(Restored, facts, cancellationToken);

    /// <summary>Name, size, time and content of every file beside the database.</summary>
    public string[] LookAtData()
        => [.. new DirectoryInfo(Data).GetFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Select(file =>
            $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(ReadShared(file.FullName)))}")];

    public void Dispose() => _root.Delete(recursive: true);

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        file.CopyTo(copy);
        return copy.ToArray();
    }
}
