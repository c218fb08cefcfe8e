using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>What an earlier physical backup recorded of itself, as far as a new one builds on it.</summary>
/// <param name="Timeline">The timeline that it was taken on.</param>
/// <param name="Start">Where its recovery starts: pages with an earlier LSN have not changed since.</param>
/// <param name="Stop">Its end: it holds nothing that happened later.</param>
/// <param name="StartXid">Transactions before this one had ended when it was started.</param>
/// <param name="Damaged">Files in which it found damaged pages; <c>*</c> when there were too many to list.</param>
internal sealed record ParentFacts(uint Timeline, Lsn Start, Lsn Stop, ulong StartXid, IReadOnlySet<string> Damaged)
{
    /// <summary>The same, for a cluster whose control file can be read.</summary>
    public static bool TryAccept(
        BackupInfo parent,
        ControlFile control,
        Lsn reached,
        TimelineAncestry? ancestry,
        [NotNullWhen(true)] out ParentFacts? facts,
        [NotNullWhen(false)] out string? why) =>
        TryAccept(parent, control.SystemIdentifier, control.Timeline, control.HasChecksums, reached, ancestry, out facts, out why);

    /// <summary>Decides whether pages that a backup holds can stand for pages of this cluster.</summary>
    /// <param name="parent">The backup.</param>
    /// <param name="systemIdentifier">The cluster's identity.</param>
    /// <param name="ownTimeline">The timeline that it is on.</param>
    /// <param name="hasChecksums">Whether its pages bear checksums.</param>
    /// <param name="reached">What the files of the cluster hold for certain: where the new backup starts, or on a standby
    /// how far recovery has to get.</param>
    /// <param name="ancestry">The history of the cluster's timeline, if it is known.</param>
    /// <param name="facts">What the backup recorded.</param>
    /// <param name="why">Why not, as a sentence.</param>
    /// <remarks>
    /// <para>A page whose LSN lies before the parent's start had its present content when the parent was started, and the
    /// checkpoint then wrote it out; so the parent read it, if nothing that the parent holds happened on a branch of
    /// history that this cluster did not take. Therefore the parent's end, not only its start, has to lie on the way
    /// that led here: an old primary may have gone on after the standby that is backed up now was promoted, and a
    /// cluster may have been recovered to before the parent.</para>
    /// <para>What cannot be seen: a data directory put back from a snapshot of its file system, without recovery from an
    /// archive. It repeats history under the same timeline. A full backup is due then.</para>
    /// </remarks>
    public static bool TryAccept(
        BackupInfo parent,
        ulong systemIdentifier,
        uint ownTimeline,
        bool hasChecksums,
        Lsn reached,
        TimelineAncestry? ancestry,
        [NotNullWhen(true)] out ParentFacts? facts,
        [NotNullWhen(false)] out string? why)
    {
        facts = null;
        var details = parent.Facts.Details;
        if (details.GetValueOrDefault("method") != "physical")
        {
            why = $"{parent.Id} is not a physical backup.";
            return false;
        }

        if (!Lsn.TryParse(details.GetValueOrDefault("startLsn"), out var parentStart)
            || !Lsn.TryParse(details.GetValueOrDefault("stopLsn"), out var parentStop)
            || !uint.TryParse(details.GetValueOrDefault("timeline"), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            || !ulong.TryParse(details.GetValueOrDefault("startXid"), NumberStyles.None, CultureInfo.InvariantCulture, out var startXid))
        {
            why = $"{parent.Id} does not say where in the log it was taken.";
            return false;
        }

        if (details.GetValueOrDefault("systemIdentifier") != systemIdentifier.ToString(CultureInfo.InvariantCulture))
        {
            why = $"{parent.Id} is of another cluster (system identifier {details.GetValueOrDefault("systemIdentifier")}).";
            return false;
        }

        if (details.GetValueOrDefault("checksums") != (hasChecksums ? "on" : "off"))
        {
            why = $"Data checksums were switched {(hasChecksums ? "on" : "off")} since {parent.Id}, which changes pages without their LSN.";
            return false;
        }

        if (ancestry?.LeftAt(timeline) is not { } left)
        {
            why = $"{parent.Id} was taken on timeline {timeline}, and nothing shows that timeline {ownTimeline} comes from there.";
            return false;
        }

        if (parentStop > left)
        {
            why = $"{parent.Id} reaches to {parentStop} on timeline {timeline}, and this cluster left that timeline at {left}.";
            return false;
        }

        if (parentStop > reached)
        {
            // A restored copy that held a page of the parent's end would be ahead of its own log.
            why = $"{parent.Id} reaches to {parentStop}, and this server only to {reached}: it lags behind, or was put back.";
            return false;
        }

        var damaged = details.GetValueOrDefault("damaged") is { } list ? list.Split(' ').ToHashSet(StringComparer.Ordinal) : [];
        (facts, why) = (new ParentFacts(timeline, parentStart, parentStop, startXid, damaged), null);
        return true;
    }

    /// <summary>Whether the parent's copy of a file may hold damaged pages.</summary>
    public bool IsDamaged(string path) => Damaged.Count > 0 && (Damaged.Contains("*") || Damaged.Contains(path));
}
