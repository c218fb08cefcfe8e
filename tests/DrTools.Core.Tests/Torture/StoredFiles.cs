using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>The objects of a repository as files, to be damaged and put back.</summary>
internal sealed class StoredFiles
{
    private readonly string _location;
    private readonly Dictionary<string, byte[]> _content;

    public StoredFiles(string location)
    {
        _location = location;
        _content = Names(location).ToDictionary(n => n, n => File.ReadAllBytes(Path.Combine(location, n)), StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, byte[]> Content => _content;

    /// <summary>Names of a kind, in order.</summary>
    public IReadOnlyList<string> Of(string prefix) => [.. _content.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_location, name))!);
        File.WriteAllBytes(Path.Combine(_location, name), content);
    }

    public void Delete(string name) => File.Delete(Path.Combine(_location, name));

    /// <summary>Makes everything as it was.</summary>
    public void Undo(IEnumerable<string> damaged)
    {
        foreach (var name in damaged)
        {
            Write(name, _content[name]);
        }

        foreach (var added in Names(_location).Where(n => !_content.ContainsKey(n)))
        {
            Assert.StartsWith("journal/", added, StringComparison.Ordinal);
            Delete(added);
        }
    }

    private static IEnumerable<string> Names(string location) => Directory.GetFiles(location, "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(location, f)).Where(n => !n.StartsWith("tmp/", StringComparison.Ordinal));
}
