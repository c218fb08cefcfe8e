using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>Waits until the WAL that a backup needs has been archived. Until then a restored copy could not be made
/// consistent, and the backup would be worth nothing.</summary>
internal sealed class ArchiveWait(ControlFile control, ServerState state, string dataDirectory, PhysicalSourceOptions options)
{
    private const int NamesInMessage = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <exception cref="DrException"><see cref="DrError.LogMissing"/> when they have not arrived in time.</exception>
    public async Task WaitAsync(IReadOnlyList<string> segments, CancellationToken cancellationToken)
    {
        var archive = options.Archive ?? new ServerArchiveStatus(dataDirectory);
        var started = options.Time.GetTimestamp();
        var pause = FirstPause;
        while (true)
        {
            segments = await archive.FindMissingAsync(control.SystemIdentifier, segments, cancellationToken).ConfigureAwait(false);
            if (segments.Count == 0)
            {
                return;
            }

            if (options.Time.GetElapsedTime(started) > options.ArchiveTimeout)
            {
                throw new DrException(
                    DrError.LogMissing,
                    $"{Figures.Count(segments.Count, "WAL segment")} that the backup needs did not arrive in {archive.Name} within {Figures.Duration(options.ArchiveTimeout)}: {string.Join(", ", segments.Take(NamesInMessage))}{(segments.Count > NamesInMessage ? ", …" : string.Empty)}.",
                    state.IsStandby
                        ? "A standby cannot end a segment: run SELECT pg_switch_wal() on the primary, and see that its archiving works. What is stored is reused."
                        : "See pg_stat_archiver and the server's log for why archive_command fails, and take the backup again; what is stored is reused.")
                { Subject = segments[0] };
            }

            await Task.Delay(pause, options.Time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
