using DrTools.Repositories;

namespace DrTools.Demo;

/// <summary>
/// Shows the main job on real data: makes a database and a file tree, backs them up, verifies, destroys them, restores
/// and compares; measures how much was lost and how long the recovery took.
/// </summary>
/// <remarks>What was there is recorded by means of the demo's own (SQL, a walk, SHA-256), not by the engine that is
/// judged. Nothing outside the work folder is touched.</remarks>
public sealed class DemoEngine
{
    private readonly TimeProvider _time;
    private readonly RepositoryFactory _repositories;

    /// <summary>A demo by the system's clock.</summary>
    public DemoEngine()
        : this(TimeProvider.System, new RepositoryFactory())
    {
    }

    internal DemoEngine(TimeProvider time, RepositoryFactory repositories) => (_time, _repositories) = (time, repositories);

    /// <summary>Runs the demo and writes its report. A check that fails is in the result, not an exception.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Takes each step as it starts and ends.</param>
    /// <param name="cancellationToken">Stops it; what it has made is removed then, unless it is to be kept.</param>
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/> when the work folder is not empty; whatever
    /// keeps the backups from being taken at all.</exception>
    public async Task<DemoResult> RunAsync(DemoOptions options, IProgress<DemoProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        var folder = DemoFolder.Prepare(options.WorkFolder);
        return await DemoFrame.RunAsync(folder, options.Keep, "some 150 MB", async () =>
        {
            var run = new DemoRun(folder, options, _time, _repositories, progress, cancellationToken);
            await using (run.ConfigureAwait(false))
            {
                return await run.ExecuteAsync().ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private static void Validate(DemoOptions options)
    {
        if (options.Size is not { Customers: > 0, Orders: > 0, Folders: >= 4, FilesPerFolder: >= 4, LargeFileBytes: >= 0 })
        {
            throw new DrException(
                DrError.BadUsage,
                "The demo needs at least one customer and order, four folders and four files in each.",
                "Ask for more data.");
        }

        if (OperatingSystem.IsWindows())
        {
            throw new DrException(DrError.BadUsage, "The demo runs on Linux.", "Run it there, or in a container or WSL.");
        }
    }
}
