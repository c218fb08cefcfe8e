namespace DrTools.Copies;

/// <summary>An object of the source is not what was written, or cannot be read: nothing of it is stored, and whatever needs it is
/// not copied, while the rest is.</summary>
internal sealed class SourceDamage(string objectName, string problem, Exception? cause) : Exception($"{objectName}: {problem}", cause)
{
    public string ObjectName => objectName;

    public string Problem => problem;

    /// <summary>Whether an error says something of one object; a store that is away says so of every one. A disk that cannot read
    /// a sector fails for the objects that lie there.</summary>
    public static bool IsOfObject(DrError error) => error is DrError.IntegrityFailure or DrError.ObjectMissing or DrError.StoreFailure;
}
