using DrTools.Demo;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Demo;

/// <summary>
/// Shows the main job on a PostgreSQL server of its own: archiving, backups under load, a table dropped by mistake and
/// brought back, the whole cluster destroyed and recovered to the latest moment; measures what was lost and how long it took.
/// </summary>
/// <remarks>What has to come back is known from what the shop's till recorded, not from the engine that is judged. The server
/// listens on a private socket only, and ends with this process. Nothing outside the work folder is touched.</remarks>
public sealed class ClusterDemo
{
    /// <summary>The oldest version that the demo plays on.</summary>
    public const int OldestVersion = 15;

    private readonly TimeProvider _time;
    private readonly RepositoryFactory _repositories;

    /// <summary>A demo by the system's clock.</summary>
    public ClusterDemo()
        : this(TimeProvider.System, new RepositoryFactory())
    {
    }

    internal ClusterDemo(TimeProvider time, RepositoryFactory repositories) => (_time, _repositories) = (time, repositories);

    /// <summary>Runs the demo and writes its report. A check that fails is in the result, not an exception.</summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Takes each step as it starts and ends.</param>
    /// <param name="cancellationToken">Stops it; what it has made is removed then, unless it is to be kept.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> where no server is installed;
    /// <see cref="DrError.TargetNotEmpty"/> when the work folder is not empty; whatever keeps the backups from being taken
    /// at all.</exception>
    public async Task<DemoResult> RunAsync(ClusterDemoOptions options, IProgress<DemoProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux())
        {
            throw new DrException(DrError.BadUsage, "The demo of PostgreSQL runs on Linux.", "Run it there, or in a container or WSL.");
        }

        if (options is not { Customers: > 0, Orders: > 0 } || options.ArchiveTimeout < TimeSpan.FromSeconds(1))
        {
            throw new DrException(DrError.BadUsage, "The demo needs at least one customer and order, and segments that end after a second or more.", "Ask for more.");
        }

        // Backups are verified by their source's name.
        PostgreSqlProvider.Register();

        // Before anything is made: what is missing is said at once.
        var programs = ServerPrograms.FindNewest(OldestVersion, options.ProgramFolder);
        var account = Account.ForServer(null);
        var folder = DemoFolder.Prepare(options.WorkFolder);
        return await DemoFrame.RunAsync(folder, options.Keep, "some 1.5 GB", async () =>
        {
            var run = new ClusterDemoRun(folder, options, new DemoServer(programs, account, folder.Production), account, _time, _repositories, progress, cancellationToken);
            await using (run.ConfigureAwait(false))
            {
                return await run.ExecuteAsync().ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }
}
