using DrTools.Stores;

namespace DrTools.Repositories.Logs;

/// <summary>
/// The name of a log in an archive. What the parts mean is the provider's business: of PostgreSQL the series is a
/// cluster, the stream a timeline, and the name a WAL segment or the like.
/// </summary>
/// <remarks>Each part is one segment of an object's name: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.</remarks>
public readonly record struct LogName
{
    /// <summary>What the names of all logs in a repository start with.</summary>
    public const string Prefix = "logs/";

    /// <summary>Names a log.</summary>
    /// <exception cref="ArgumentException">A part is not a segment of an object's name.</exception>
    public LogName(string series, string stream, string name)
    {
        (Series, Stream, Name) = (series, stream, name);
        Require(series, nameof(series));
        Require(stream, nameof(stream));
        Require(name, nameof(name));
    }

    /// <summary>What wrote it: logs of two series have nothing to do with each other.</summary>
    public string Series { get; }

    /// <summary>The branch of the series.</summary>
    public string Stream { get; }

    /// <summary>The log's own name. Names of a stream sort as the logs follow each other.</summary>
    public string Name { get; }

    /// <summary>The object that holds it.</summary>
    public string ObjectName => $"{Prefix}{Series}/{Stream}/{Name}";

    /// <summary>Reads the name of an object.</summary>
    /// <returns><see langword="false"/> when it is not the name of a log.</returns>
    public static bool TryParse(string objectName, out LogName name)
    {
        ArgumentNullException.ThrowIfNull(objectName);
        var parts = objectName.Split('/');
        var isLog = parts.Length == 4 && objectName.StartsWith(Prefix, StringComparison.Ordinal) && parts.All(p => Stores.ObjectName.IsSegment(p));
        name = isLog ? new LogName(parts[1], parts[2], parts[3]) : default;
        return isLog;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Series}/{Stream}/{Name}";

    private static void Require(string part, string parameter)
    {
        if (!Stores.ObjectName.IsSegment(part))
        {
            throw new ArgumentException($"\"{part}\" cannot be part of the name of a log.", parameter);
        }
    }
}

/// <summary>A log as listed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="StoredLength">Its size in the repository, bytes.</param>
/// <param name="Stored">When it was stored, by the store's clock, UTC.</param>
public readonly record struct StoredLog(LogName Name, long StoredLength, DateTimeOffset Stored);
