using DrTools.Plans.Yaml;

namespace DrTools.Plans.Shapes;

/// <summary>What a name in a plan can be the name of.</summary>
internal enum NameKind
{
    Site,
    Repository,
    Service,
    Regulation,
    Tier,
    Drill,
    Alert,
}

/// <summary>A name that refers to something of the plan.</summary>
internal sealed record NameReference(NameKind Kind, string Name, PlanPosition Position, string Path);

/// <summary>One reading of a plan file: where in it one is, and what was found.</summary>
internal sealed class PlanReading(string file)
{
    private readonly List<string> _path = [];
    private readonly Stack<PlanPosition> _positions = new([new PlanPosition(1, 1)]);
    private readonly List<PlanProblem> _problems = [];
    private readonly Dictionary<NameKind, Dictionary<string, PlanPosition>> _names = [];
    private readonly List<NameReference> _references = [];

    public string File => file;

    public string Folder { get; } = System.IO.Path.GetDirectoryName(file)!;

    public IReadOnlyList<PlanProblem> Problems => _problems;

    public IReadOnlyList<NameReference> References => _references;

    public string Path => string.Join('.', _path).Replace(".[", "[", StringComparison.Ordinal);

    /// <summary>The last step of the way: the name of what is being read.</summary>
    public string Step => _path[^1];

    public void Problem(PlanPosition position, string message, string remedy) =>
        _problems.Add(new PlanProblem(file, position.Line, position.Column, Path, message, remedy));

    public void Problem(PlanProblem problem) => _problems.Add(problem);

    /// <summary>Where the last step of the way is written.</summary>
    public PlanPosition StepPosition => _positions.Peek();

    /// <summary>Reads something one level deeper.</summary>
    public T Within<T>(string step, PlanPosition position, Func<T> read)
    {
        _path.Add(step);
        _positions.Push(position);
        try
        {
            return read();
        }
        finally
        {
            _path.RemoveAt(_path.Count - 1);
            _positions.Pop();
        }
    }

    /// <summary>Takes note of something that has a name.</summary>
    /// <returns><see langword="false"/> when another has it.</returns>
    public bool Declare(NameKind kind, string name, PlanPosition position)
    {
        var names = NamesOf(kind);
        if (names.TryAdd(name, position))
        {
            return true;
        }

        Problem(position, $"Two {Words.Plural(kind)} are called '{name}'; the other is in line {names[name].Line}. Upper and lower case make no difference.", "Give one of them another name.");
        return false;
    }

    public void Refer(NameKind kind, string name, PlanPosition position) => _references.Add(new NameReference(kind, name, position, Path));

    public bool Knows(NameKind kind, string name) => NamesOf(kind).ContainsKey(name);

    public IEnumerable<string> KnownNames(NameKind kind) => NamesOf(kind).Keys;

    /// <summary>An absolute path: relative ones start from the plan's folder.</summary>
    public string Absolute(string path) => System.IO.Path.GetFullPath(path, Folder);

    private Dictionary<string, PlanPosition> NamesOf(NameKind kind)
    {
        if (!_names.TryGetValue(kind, out var names))
        {
            _names[kind] = names = new(StringComparer.OrdinalIgnoreCase);
        }

        return names;
    }
}

/// <summary>Words for messages.</summary>
internal static class Words
{
    public static string Of(NameKind kind) => kind.ToString().ToLowerInvariant();

    public static string Plural(NameKind kind) => kind == NameKind.Repository ? "repositories" : Of(kind) + "s";

    /// <summary>The key of a member of an enumeration: <c>backup-restore</c> for <c>BackupRestore</c>.</summary>
    public static string Key(string member) =>
        string.Concat(member.Select((c, i) => i > 0 && char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    public static string List(IEnumerable<string> words) => string.Join(", ", words);

    public static string Suggest(string given, IEnumerable<string> known) =>
        Spelling.Closest(given, known) is { } closest ? $" Did you mean '{closest}'?" : string.Empty;
}
