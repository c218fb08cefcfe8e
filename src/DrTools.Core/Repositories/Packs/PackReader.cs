using DrTools.Stores;

namespace DrTools.Repositories.Packs;

/// <summary>Reads what a pack says of itself.</summary>
internal sealed class PackReader(Repository repository)
{
    /// <summary>Reads prologue, trailer and directory of a pack that no manifest at hand describes.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the pack.</exception>
    public ValueTask<(PackInfo Pack, IReadOnlyList<PackedFrame> Frames)> ReadDirectoryAsync(StoredObject stored, CancellationToken cancellationToken) =>
        ReadDirectoryAsync(stored, null, cancellationToken);

    /// <summary>The same for a pack whose salt a manifest knows, so that its prologue need not be whole.</summary>
    public async ValueTask<(PackInfo Pack, IReadOnlyList<PackedFrame> Frames)> ReadDirectoryAsync(StoredObject stored, byte[]? knownSalt, CancellationToken cancellationToken)
    {
        var parts = stored.Name.Split('/');
        if (parts is not ["packs", var owner, var hex] || !Guid.TryParseExact(hex, "n", out var id))
        {
            throw Damaged(stored, "its name is not one of a pack", null);
        }

        for (var look = 1; ; look++)
        {
            try
            {
                return await ReadDirectoryAsync(stored, owner, id, knownSalt, cancellationToken).ConfigureAwait(false);
            }
            catch (InvalidDataException) when (look < repository.Looks)
            {
                repository.Store.Distrust(stored.Name);
            }
            catch (InvalidDataException e)
            {
                throw Damaged(stored, e.Message, e);
            }
        }
    }

    /// <exception cref="InvalidDataException">It is damaged, and how.</exception>
    private async ValueTask<(PackInfo Pack, IReadOnlyList<PackedFrame> Frames)> ReadDirectoryAsync(StoredObject stored, string owner, Guid id, byte[]? knownSalt, CancellationToken cancellationToken)
    {
        var salt = knownSalt ?? PackFormat.SaltOf(
            await ReadAsync(stored, 0, PackFormat.PrologueLength, cancellationToken).ConfigureAwait(false), repository.Id).ToArray();
        var trailer = await ReadAsync(stored, stored.Length - PackFormat.TrailerLength, PackFormat.TrailerLength, cancellationToken).ConfigureAwait(false);
        if (salt.Length == 0 || PackFormat.DirectoryOf(trailer, stored.Length) is not { } directory)
        {
            throw new InvalidDataException("its start or its end is not what was written");
        }

        var sealedDirectory = await ReadAsync(stored, directory.Offset, directory.Length, cancellationToken).ConfigureAwait(false);
        using var cipher = PackFormat.DeriveCipher(repository.Key, salt, id);
        using var frames = new FrameReader(repository);
        byte[] content = [];
        var length = frames.Open(cipher, FrameRole.Directory, directory.Offset, sealedDirectory, ref content);
        var (kind, packed) = PackDirectory.Parse(content.AsSpan(0, length));
        var pack = new PackInfo
        {
            Id = id,
            BackupId = owner,
            Kind = kind,
            Salt = salt,
            Length = stored.Length,
            RawBytes = packed.Sum(f => (long)f.RawLength),
        };
        return (packed.Count == 0 ? PackFormat.PrologueLength : packed[^1].Offset + packed[^1].StoredLength) == directory.Offset
            ? (pack, packed)
            : throw new InvalidDataException("its directory does not describe it");
    }

    private async ValueTask<byte[]> ReadAsync(StoredObject stored, long offset, int length, CancellationToken cancellationToken)
    {
        var buffer = new byte[length];
        return offset >= 0 && await repository.Store.ReadAsync(stored.Name, offset, buffer, cancellationToken).ConfigureAwait(false) == length
            ? buffer
            : throw new InvalidDataException("it is too short");
    }

    private static DrException Damaged(StoredObject stored, string how, Exception? cause) => new(
        DrError.IntegrityFailure,
        $"The pack {stored.Name} is damaged: {how}.",
        "Run a content verification to see which entries and backups suffer.",
        cause)
    { Subject = stored.Name };
}
