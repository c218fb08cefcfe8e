using DrTools.Trees;

namespace DrTools.Verification;

/// <summary>Collects which entries suffer from which object: all are counted, the first are named.</summary>
internal sealed class AffectedEntries
{
    private const int Named = 20;

    private readonly Dictionary<string, (long Count, List<string> Paths, byte[]? Last)> _byObject = new(StringComparer.Ordinal);

    public void Add(string objectName, byte[] path)
    {
        var (count, paths, last) = _byObject.TryGetValue(objectName, out var known) ? known : (0, [], null);
        if (ReferenceEquals(last, path))
        {
            return;
        }

        if (paths.Count < Named)
        {
            paths.Add(TreePath.Display(path));
        }

        _byObject[objectName] = (count + 1, paths, path);
    }

    public bool Contains(string objectName) => _byObject.ContainsKey(objectName);

    public IEnumerable<string> Objects => _byObject.Keys;

    public VerifyFinding Describe(string objectName, string problem) => _byObject.TryGetValue(objectName, out var known)
        ? new VerifyFinding(objectName, problem, known.Count, known.Paths)
        : new VerifyFinding(objectName, problem, 0, []);
}
