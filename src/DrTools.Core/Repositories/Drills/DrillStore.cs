using System.Security.Cryptography;
using DrTools.Stores;

namespace DrTools.Repositories.Drills;

/// <summary>
/// Results of drills: objects <c>drills/ID</c>, created once and never removed. What is in them is known to whoever holds the
/// drills; here they are sealed bytes. The journal names each with its hash.
/// </summary>
internal sealed class DrillStore(Repository repository)
{
    public const string Prefix = "drills/";

    /// <summary>Keeps a result.</summary>
    /// <returns>Name and SHA-256 (hexadecimal) of the object as stored.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/>, or what the store says.</exception>
    public async ValueTask<(string Name, string Hash)> PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var name = Prefix + id;
        var stored = repository.Seal(EnvelopeKind.Drill, name, content.Span);
        return await repository.Store.TryPutAsync(name, stored, cancellationToken).ConfigureAwait(false)
            ? (name, Convert.ToHexStringLower(SHA256.HashData(stored)))
            : throw new DrException(DrError.ObjectExists, $"There is a drill {id} in {repository.Location} already.", "Run the drill again: it gets another id.") { Subject = name };
    }

    /// <summary>All of them, in the order of their ids.</summary>
    public async ValueTask<IReadOnlyList<StoredObject>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await repository.Store.ListAllAsync(Prefix, cancellationToken).ConfigureAwait(false)).OrderBy(o => o.Name, StringComparer.Ordinal)];

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the object.</exception>
    public ValueTask<byte[]> ReadAsync(StoredObject stored, CancellationToken cancellationToken) =>
        repository.OpenAsync(EnvelopeKind.Drill, stored, cancellationToken);
}
