using System.Text;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Trees;

namespace DrTools.Tests.Sources.Files;

/// <summary>A tree that was read, with what was said about it.</summary>
internal sealed class ReadTree
{
    public List<TreeEntry> Entries { get; } = [];

    public List<EntryIssue> Issues { get; } = [];

    public IEnumerable<string> Paths => Entries.Select(static entry => entry.DisplayPath);

    public TreeEntry this[string path] => Entries.Single(entry => entry.DisplayPath == path);

    public static ReadTree Of(string path, FilesSourceOptions? options = null, string? repository = null)
    {
        var tree = new ReadTree();
        var session = tree.Open(path, options, repository);
        tree.Entries.AddRange(session.ReadEntries(CancellationToken.None));
        session.DisposeAsync().AsTask().Wait();
        return tree;
    }

    public SourceSession Open(string path, FilesSourceOptions? options = null, string? repository = null) =>
        new FilesSource(path, options).OpenAsync(
            new SourceContext { WorkFolder = "/nowhere", Report = Issues.Add, RepositoryFolder = repository },
            CancellationToken.None).AsTask().Result;

    public static string Text(SourceSession session, TreeEntry entry)
    {
        using var content = session.Open(entry);
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, content.Read(buffer));
    }
}
