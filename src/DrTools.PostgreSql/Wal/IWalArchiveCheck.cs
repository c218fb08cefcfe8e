namespace DrTools.PostgreSql.Wal;

/// <summary>Says whether WAL has arrived where it is kept. A backup counts as done only when what it needs has.</summary>
public interface IWalArchiveCheck
{
    /// <summary>What the archive is called in messages.</summary>
    string Name { get; }

    /// <summary>Looks for segments.</summary>
    /// <param name="systemIdentifier">The cluster that wrote them.</param>
    /// <param name="segments">Names of segment files, in the order of the log.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Those that have not arrived yet, in order.</returns>
    ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken);
}
