using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Sources;

namespace DrTools.Restore;

/// <summary>
/// Restores a backup of a single file (a database): into a folder beside its place, checked there, and only then put
/// in place of what is there.
/// </summary>
internal sealed class SingleFileRestore(Repository repository, ManifestRoot manifest, RestoreOptions options)
{
    public TreeRestore Tree { get; } = new(repository, manifest, options) { IsReadSoon = options.Check };

    public IReadOnlyList<SourceCheck> Checks { get; private set; } = [];

    public async Task<string?> RunAsync(RestoreTarget target, IProgress<RestoreProgress>? progress, CancellationToken cancellationToken)
    {
        var source = SourceRegistry.Parse(manifest.Info.Source);
        var stage = Path.Combine(Path.GetDirectoryName(target.Path)!, $".drtools-restore-{manifest.Info.Id}");
        var keepStage = false;
        try
        {
            if (Directory.Exists(stage))
            {
                Directory.Delete(stage, recursive: true);
            }

            await Tree.RunAsync(stage, overwrite: false, marker: null, progress, cancellationToken).ConfigureAwait(false);
            if (Tree.Issues.LossCount > 0)
            {
                return null;
            }

            if (options.Check)
            {
                Checks = await source.CheckRestoredAsync(stage, manifest.Info.Facts, cancellationToken).ConfigureAwait(false);
            }

            if (target.IsInUse && !Checks.All(c => c.Passed))
            {
                // What is there may be better than what failed its checks: whoever decides that looks at both.
                keepStage = true;
                return stage;
            }

            Place(Directory.GetFiles(stage).Single(), target.Path, source.SideFileSuffixes, stage);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"Cannot restore to {target.Path}: {e.Message}", "Check the folder, its permissions and its free space.", e) { Subject = target.Path };
        }
        finally
        {
            if (!keepStage && Directory.Exists(stage))
            {
                Directory.Delete(stage, recursive: true);
            }
        }
    }

    /// <summary>Sets aside what is there with its side files, moves the new file in, and puts the old back if that fails.</summary>
    private static void Place(string restored, string target, IReadOnlyList<string> sideFileSuffixes, string stage)
    {
        var aside = Directory.CreateDirectory(Path.Combine(stage, "replaced")).FullName;
        var moved = new List<(string From, string To)>();
        try
        {
            // The side files first: they must never lie beside a database that they do not belong to.
            foreach (var old in sideFileSuffixes.Select(s => target + s).Append(target).Where(File.Exists))
            {
                var to = Path.Combine(aside, Path.GetFileName(old));
                File.Move(old, to);
                moved.Add((old, to));
            }

            File.Move(restored, target);
        }
        catch (IOException)
        {
            foreach (var (from, to) in Enumerable.Reverse(moved))
            {
                File.Move(to, from, overwrite: true);
            }

            throw;
        }
    }
}
