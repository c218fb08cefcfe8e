namespace DrTools.PostgreSql.Scratch;

/// <summary>Where a recovery gets archived files of the write-ahead log from.</summary>
public interface IWalSupply
{
    /// <summary>Fetches an archived file. Called for several files at once.</summary>
    /// <param name="name">Name of a segment, or of a timeline's history (<c>00000002.history</c>).</param>
    /// <param name="destination">Path of the file to write, which does not exist yet.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Whether the archive has it; if not, nothing was written.</returns>
    /// <exception cref="DrException">The archive failed, or the file in it is damaged.</exception>
    ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken);
}
