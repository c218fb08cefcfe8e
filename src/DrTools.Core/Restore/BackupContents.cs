using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>Reads a backup's files as streams, for whoever wants their content and no copy on disk.</summary>
public sealed class BackupContents
{
    private readonly Repository _repository;
    private readonly ManifestRoot _manifest;

    private BackupContents(Repository repository, ManifestRoot manifest) => (_repository, _manifest) = (repository, manifest);

    /// <summary>Opens a backup.</summary>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> or <see cref="DrError.IntegrityFailure"/>.</exception>
    public static async Task<BackupContents> OpenAsync(Repository repository, BackupInfo backup, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(backup);
        return new BackupContents(repository, await repository.Manifests.ReadAsync(backup.Id, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Its entries, in walk order.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> when a block of the manifest is damaged.</exception>
    public async IAsyncEnumerable<TreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new ManifestReader(_repository, _manifest, _manifest.NewPackTable());
        await foreach (var record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record.Entry is { } entry)
            {
                yield return entry;
            }
        }
    }

    /// <summary>Writes the content of a file to a stream, and compares it with its hash, if it has one.</summary>
    /// <param name="path">Its path in the backup.</param>
    /// <param name="output">Takes the bytes; holes as zeros.</param>
    /// <param name="progress">Takes the bytes written so far.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is no such file;
    /// <see cref="DrError.RestoreMismatch"/>, <see cref="DrError.IntegrityFailure"/> or <see cref="DrError.ObjectMissing"/>
    /// when the repository is damaged, after some of it may have been written.</exception>
    public async Task<long> CopyAsync(string path, Stream output, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var wanted = Encoding.UTF8.GetBytes(path);
        var packs = _manifest.NewPackTable();
        using var reader = new ManifestReader(_repository, _manifest, packs);
        using var frames = new FrameReader(_repository);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long written = 0;
        var found = false;
        await foreach (var record in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (record.Entry is { } entry)
            {
                found = entry.Kind == EntryKind.File && entry.Path.AsSpan().SequenceEqual(wanted);
            }

            if (!found)
            {
                continue;
            }

            foreach (var extent in record.Extents)
            {
                if (extent.IsHole)
                {
                    await WriteZerosAsync(output, hash, extent.Length, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    var content = await frames.ReadAsync(packs[extent.Frame.Pack], extent, cancellationToken).ConfigureAwait(false);
                    hash.AppendData(content.Span);
                    await output.WriteAsync(content, cancellationToken).ConfigureAwait(false);
                }

                written += extent.Length;
                progress?.Report(written);
            }

            if (record.IsContinued)
            {
                continue;
            }

            // A paged file has no hash of its own: its frames have been authenticated.
            var actual = new ContentHash(hash.GetHashAndReset());
            return record.IsPaged || (written == 0 ? ContentHash.Empty : actual) == record.Hash ? written : throw new DrException(
                DrError.RestoreMismatch,
                $"The content of {path} in {_manifest.Info.Id} is not what was backed up.",
                "Verify the backup, and take the file from another one.")
            { Subject = path };
        }

        throw new DrException(DrError.BadUsage, $"There is no file {path} in {_manifest.Info.Id}.", "List the backup's files to see what there is.") { Subject = path };
    }

    private static async ValueTask WriteZerosAsync(Stream output, IncrementalHash hash, long length, CancellationToken cancellationToken)
    {
        var zeros = new byte[Math.Min(length, 1 << 20)];
        for (var left = length; left > 0; left -= zeros.Length)
        {
            var part = zeros.AsMemory(0, (int)Math.Min(left, zeros.Length));
            hash.AppendData(part.Span);
            await output.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }
}
