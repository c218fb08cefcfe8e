using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Retention;

namespace DrTools.Plans.Tests;

/// <summary>A window of one source must never take logs that another needs.</summary>
public sealed class SourceRetentionTests
{
    [Fact]
    public void Logs_have_a_window_only_when_every_backup_that_needs_them_has_one()
    {
        SourceRetention[] retentions = [Of("a", 7), Of("b", 14), Of("c", null)];
        Assert.Equal(TimeSpan.FromDays(7), SourceRetention.WindowOf(retentions, [Backup("a"), Backup("a")]));
        Assert.Equal(TimeSpan.FromDays(14), SourceRetention.WindowOf(retentions, [Backup("a"), Backup("b")]));
        Assert.Null(SourceRetention.WindowOf(retentions, [Backup("a"), Backup("c")]));
        Assert.Null(SourceRetention.WindowOf(retentions, [Backup("a"), Backup("unknown")]));
        Assert.Null(SourceRetention.WindowOf(retentions, [Backup("a", "elsewhere")]));
        Assert.Null(SourceRetention.WindowOf(retentions, []));
    }

    private static SourceRetention Of(string source, int? days) =>
        new() { Source = source, Host = "here", Policy = RetentionPolicy.Parse(["last=1"]), LogWindow = days is { } d ? TimeSpan.FromDays(d) : null };

    private static BackupInfo Backup(string source, string host = "here") => new()
    {
        Id = "x", Source = source, Host = host, Type = BackupType.Full, Sequence = 1, FullId = "x", Started = DateTimeOffset.UnixEpoch, Finished = DateTimeOffset.UnixEpoch, ToolVersion = "0",
    };
}
