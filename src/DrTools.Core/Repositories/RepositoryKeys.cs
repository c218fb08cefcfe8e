using DrTools.Repositories.Keys;
using DrTools.Stores;

namespace DrTools.Repositories;

// What opens a repository: up to eight secrets, each of which is enough.
public sealed partial class RepositoryFactory
{
    /// <summary>Wraps the key of an opened repository for another secret, in place of the one that it was opened with, which
    /// opens it no longer. Others stay, unless it is to open without a secret from now on.</summary>
    /// <remarks>The key itself stays, so nothing needs to be sealed again, and whoever kept a copy of the old header
    /// and its secret can still read: against a thief of both only a new repository helps.</remarks>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/> when another rotation won.</exception>
    public async ValueTask RotateKeyAsync(Repository repository, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        var slot = await WrapAsync(repository.Key, credential, repository.Id, cancellationToken).ConfigureAwait(false);
        if (repository.Opener.Label is not null || repository.Opener.AddedAt is not null)
        {
            slot = slot with { Label = repository.Opener.Label, AddedAt = _time.GetUtcNow() };
        }

        var others = repository.Header.KeySlots.Where(s => s.Id != repository.Opener.Id);
        await ReplaceSlotsAsync(repository, credential.Kind == KeySlotKind.None ? [slot] : [slot, .. others], slot, RotatedMeanwhile, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets a further secret open a repository: of another user, or of a program that is to have a key file.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="credential">The further secret.</param>
    /// <param name="label">Whose it is or where it lies.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the repository is not encrypted, opens with that
    /// secret already, or has as many as it can; <see cref="DrError.ObjectExists"/> when its header was replaced meanwhile.</exception>
    public async ValueTask<RepositoryKeyInfo> AddKeyAsync(Repository repository, RepositoryCredential credential, string? label, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(credential);
        var slots = repository.Header.KeySlots;
        if (!repository.IsEncrypted || credential.Kind == KeySlotKind.None)
        {
            throw repository.IsEncrypted
                ? new DrException(DrError.BadUsage, "Opening without a secret cannot be added: it would make the others worthless.", "Rotate the key if that is wanted (drtools key rotate --unencrypted).")
                : new DrException(DrError.BadUsage, $"{repository.Location} is not encrypted: whatever was added would keep nobody out.", "Give it a secret first (drtools key rotate).");
        }

        if (slots.Count >= RepositoryHeader.MaximumKeySlots)
        {
            throw new DrException(DrError.BadUsage, $"{repository.Location} opens with {slots.Count} secrets already, which is as many as it can.", "Remove one that is not needed any more (drtools key list, drtools key remove).");
        }

        foreach (var slot in slots)
        {
            using var same = slot.TryUnwrap(credential, repository.Id);
            if (same is not null)
            {
                throw new DrException(DrError.BadUsage, $"{repository.Location} opens with this secret already (key {slot.Id}).", "Nothing needs to be added.");
            }
        }

        var added = await WrapAsync(repository.Key, credential, repository.Id, cancellationToken).ConfigureAwait(false) with { Label = label, AddedAt = _time.GetUtcNow() };
        if (added.Service is not null && slots.FirstOrDefault(s => s.Service == added.Service) is { } there)
        {
            throw new DrException(DrError.BadUsage, $"{repository.Location} opens with this KMS key already (key {there.Id}).", "Nothing needs to be added.");
        }

        await ReplaceSlotsAsync(repository, [.. slots, added], repository.Opener, ReplacedMeanwhile, cancellationToken).ConfigureAwait(false);
        return repository.Keys.Single(k => k.Id == added.Id);
    }

    /// <summary>Makes a key file, and lets it open a repository too.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="path">A file that does not exist yet. It is removed again when it cannot be added.</param>
    /// <param name="label">Whose it is or where it lies.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As for <see cref="AddKeyAsync"/>, and <see cref="DrError.BadUsage"/> when the file
    /// cannot be made.</exception>
    public async ValueTask<RepositoryKeyInfo> AddGeneratedKeyAsync(Repository repository, string path, string? label, CancellationToken cancellationToken)
    {
        using var credential = RepositoryCredential.CreateKeyFile(path);
        try
        {
            return await AddKeyAsync(repository, credential, label, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Lets a secret open a repository no longer.</summary>
    /// <param name="repository">The repository, opened with another one: so there is always one that is known to work.</param>
    /// <param name="id">The id of the key, or its label.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such key or it is the one that the
    /// repository was opened with; <see cref="DrError.ObjectExists"/> when its header was replaced meanwhile.</exception>
    public async ValueTask<RepositoryKeyInfo> RemoveKeyAsync(Repository repository, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var matching = repository.Keys.Where(k => k.Id == id).ToList();
        matching = matching.Count > 0 ? matching : [.. repository.Keys.Where(k => k.Label == id)];
        if (matching.Count != 1)
        {
            throw new DrException(
                DrError.BadUsage,
                $"{(matching.Count == 0 ? "No key" : "More than one key")} of {repository.Location} is called '{id}' (there are: {string.Join(", ", repository.Keys.Select(k => k.Label is null ? k.Id : $"{k.Id} ({k.Label})"))}).",
                "Name one by its id (drtools key list).");
        }

        if (matching[0].IsOpener)
        {
            throw new DrException(
                DrError.BadUsage,
                $"The key {matching[0].Id} is the one that {repository.Location} was opened with: that another one works is not known.",
                "Open the repository with another of its secrets to remove this one, or replace it (drtools key rotate).");
        }

        await ReplaceSlotsAsync(repository, [.. repository.Header.KeySlots.Where(s => s.Id != matching[0].Id)], repository.Opener, ReplacedMeanwhile, cancellationToken).ConfigureAwait(false);
        return matching[0];
    }

    private async ValueTask ReplaceSlotsAsync(Repository repository, IReadOnlyList<KeySlot> slots, KeySlot opener, Func<IObjectStore, DrException> replacedMeanwhile, CancellationToken cancellationToken)
    {
        var header = repository.Header with { KeyChangedAt = _time.GetUtcNow(), KeySlots = slots };
        await ReplaceHeaderAsync(repository, header, replacedMeanwhile, cancellationToken).ConfigureAwait(false);
        repository.Opener = opener;
    }
}
