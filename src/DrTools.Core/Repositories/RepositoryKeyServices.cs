using System.Security.Cryptography;
using DrTools.Repositories.Keys;
using DrTools.Stores;

namespace DrTools.Repositories;

// Keys that a key management service wraps and unwraps.
public sealed partial class RepositoryFactory
{
    private async ValueTask<KeySlot> WrapAsync(RepositoryKey key, RepositoryCredential credential, Guid repositoryId, CancellationToken cancellationToken)
    {
        if (credential.Service is not { } service)
        {
            return KeySlot.Wrap(key, credential, repositoryId, _iterations);
        }

        var clear = GC.AllocateUninitializedArray<byte>(RepositoryKey.Length, pinned: true);
        key.Bytes.CopyTo(clear);
        try
        {
            var wrapped = await service.WrapAsync(clear, repositoryId, cancellationToken).ConfigureAwait(false);
            return new KeySlot { Kind = "kms", Key = wrapped.Key, Service = wrapped.Location };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <summary>Whether a service must open it: a certain one that was given, or without a secret the one that the header
    /// names. A header that names one beside an open key is forged in one of its copies, and is not opened with that.</summary>
    private static bool AsksService(List<RepositoryHeaderCopy> copies, RepositoryCredential credential)
    {
        if (credential.Kind != KeySlotKind.None)
        {
            return credential.Kind == KeySlotKind.Kms;
        }

        // Plain loops: a program that is started for every segment of a log comes by here.
        foreach (var copy in copies)
        {
            foreach (var slot in copy.Header.KeySlots)
            {
                if (slot.Kind == "kms")
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static async Task<(RepositoryHeaderCopy Copy, KeySlot Slot, RepositoryKey Key)> UnlockByServiceAsync(
        IObjectStore store, List<RepositoryHeaderCopy> copies, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        RequireEncrypted(store, copies, credential);
        var failures = new List<DrException>();
        var asked = new HashSet<(string, string)>();
        var isForged = false;
        foreach (var copy in copies)
        {
            foreach (var slot in copy.Header.KeySlots.Where(s => s is { Kind: "kms", Service: not null }))
            {
                if (!asked.Add((slot.Id, slot.Service!)) && !isForged)
                {
                    continue;
                }

                try
                {
                    var key = await UnwrapAsync(slot, copy.Header.RepositoryId, credential, cancellationToken).ConfigureAwait(false);
                    if (copy.IsAuthentic(key))
                    {
                        return (copy, slot, key);
                    }

                    key.Dispose();
                    isForged = true;
                }
                catch (DrException e)
                {
                    failures.Add(e);
                }
            }
        }

        if (isForged)
        {
            throw Forged(store);
        }

        throw failures.Count == 0
            ? new DrException(
                DrError.WrongKey,
                $"{store.Location} opens with a {KindsOf(copies[0].Header)}, and not with a KMS key.",
                "Give the secret that it opens with, and add the KMS key to it then (drtools key add).")
            : NotOpened(store, copies[0].Header, failures);
    }

    private static async Task<RepositoryKey> UnwrapAsync(KeySlot slot, Guid repositoryId, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        var service = credential.Service ?? KeyServices.Open(slot.Service!);
        var clear = await service.UnwrapAsync(new WrappedKey(slot.Key, slot.Service!), repositoryId, cancellationToken).ConfigureAwait(false);
        try
        {
            return clear.Length == RepositoryKey.Length ? new RepositoryKey(clear) : throw new DrException(
                DrError.IntegrityFailure,
                $"What {slot.Service} unwraps is not the key of a repository ({clear.Length} bytes).",
                "Put back the header of a recovery kit (drtools kit) or of another copy of this repository.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    /// <summary>Says what each service said, and what else there is to open it with.</summary>
    private static DrException NotOpened(IObjectStore store, RepositoryHeader header, List<DrException> failures)
    {
        var others = string.Join(" or ", header.KeySlots.Select(s => s.Kind).Where(k => k is "passphrase" or "key-file").Distinct().Select(k => "--" + (k == "passphrase" ? "passphrase-file" : k)));
        var remedy = string.Join(" Or: ", failures.Select(f => f.Remedy).Distinct()) + (others.Length == 0 ? string.Empty : $" The repository opens with another secret too ({others}).");
        return new DrException(
            failures[0].Error,
            $"{store.Location} does not open: {string.Join(" And: ", failures.Select(f => f.Message).Distinct())}",
            remedy,
            failures[0])
        { Subject = failures[0].Subject };
    }
}
