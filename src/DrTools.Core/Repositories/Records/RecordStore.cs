using System.Security.Cryptography;
using DrTools.Stores;

namespace DrTools.Repositories.Records;

/// <summary>
/// What is told of a repository's backups and is kept with them: objects <c>drills/ID</c> and <c>actions/ID</c>, created once and
/// never removed. What is in them is known to whoever writes them; here they are sealed bytes. The journal names each with its hash.
/// </summary>
internal sealed class RecordStore(Repository repository, string prefix, EnvelopeKind kind)
{
    /// <summary>Results of drills.</summary>
    public const string Drills = "drills/";

    /// <summary>What people say of improvement actions.</summary>
    public const string Actions = "actions/";

    /// <summary>Keeps a record.</summary>
    /// <returns>Name and SHA-256 (hexadecimal) of the object as stored.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/>, or what the store says.</exception>
    public async ValueTask<(string Name, string Hash)> PutAsync(string id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var name = prefix + id;
        var stored = repository.Seal(kind, name, content.Span);
        return await repository.Store.TryPutAsync(name, stored, cancellationToken).ConfigureAwait(false)
            ? (name, Convert.ToHexStringLower(SHA256.HashData(stored)))
            : throw new DrException(DrError.ObjectExists, $"There is a {name} in {repository.Location} already.", "Run it again: it gets another id.") { Subject = name };
    }

    /// <summary>All of them, in the order of their ids.</summary>
    public async ValueTask<IReadOnlyList<StoredObject>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await repository.Store.ListAllAsync(prefix, cancellationToken).ConfigureAwait(false)).OrderBy(o => o.Name, StringComparer.Ordinal)];

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the object.</exception>
    public ValueTask<byte[]> ReadAsync(StoredObject stored, CancellationToken cancellationToken) => repository.OpenAsync(kind, stored, cancellationToken);
}
