namespace DrTools.PostgreSql.Scratch;

/// <summary>Archived files as they lie in a folder.</summary>
/// <param name="folder">The folder.</param>
public sealed class FolderWalSupply(string folder) : IWalSupply
{
    /// <inheritdoc/>
    public ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken)
    {
        var source = Path.Combine(folder, name);
        if (!File.Exists(source))
        {
            return ValueTask.FromResult(false);
        }

        File.Copy(source, destination);
        return ValueTask.FromResult(true);
    }
}
