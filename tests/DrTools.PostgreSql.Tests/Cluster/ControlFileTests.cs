using System.Globalization;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Tests.Servers;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Tests.Cluster;

public sealed class ControlFileTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task It_says_what_the_server_says(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: "wal_log_hints = on");
        await cluster.ExecuteAsync("checkpoint");
        var control = ControlFile.Read(cluster.DataDirectory);
        Assert.Equal(await cluster.QueryAsync<long>("select system_identifier from pg_control_system()"), (long)control.SystemIdentifier);
        Assert.Equal(await cluster.QueryAsync<int>("select pg_control_version from pg_control_system()"), (int)control.ControlVersion);
        Assert.Equal(await cluster.QueryAsync<int>("select catalog_version_no from pg_control_system()"), (int)control.CatalogVersion);
        Assert.Equal(await cluster.QueryAsync<DateTime>("select pg_control_last_modified from pg_control_system()"), control.Written.UtcDateTime);
        Assert.Equal(await cluster.QueryAsync<NpgsqlLogSequenceNumber>("select checkpoint_lsn from pg_control_checkpoint()"), new NpgsqlLogSequenceNumber(control.Checkpoint.Value));
        Assert.Equal(await cluster.QueryAsync<NpgsqlLogSequenceNumber>("select redo_lsn from pg_control_checkpoint()"), new NpgsqlLogSequenceNumber(control.Redo.Value));
        Assert.Equal(await cluster.QueryAsync<DateTime>("select checkpoint_time from pg_control_checkpoint()"), control.CheckpointTime.UtcDateTime);
        Assert.Equal(await cluster.QueryAsync<int>("select data_page_checksum_version from pg_control_init()"), (int)control.ChecksumVersion);
        Assert.Equal(await cluster.QueryAsync<int>("select bytes_per_wal_segment from pg_control_init()"), (int)control.WalSegmentSize);
        Assert.Equal(await cluster.QueryAsync<int>("select blocks_per_segment from pg_control_init()"), (int)control.SegmentPages);
        Assert.Equal(1u, control.Timeline);
        Assert.Equal(1u, control.PreviousTimeline);
        Assert.Equal(1, control.WalLevel);
        Assert.True(control.FullPageWrites);
        Assert.True(control.WalLogHints);
        Assert.True(control.HasChecksums);
        Assert.Equal(ClusterState.InProduction, control.State);
        await cluster.StopAsync();
        Assert.Equal(ClusterState.ShutDown, ControlFile.Read(cluster.DataDirectory).State);
    }

    [Fact]
    public async Task A_flipped_bit_is_found()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        _ = ControlFile.Read(cluster.DataDirectory, out var bytes);
        bytes[40] ^= 1;
        var e = Assert.Throws<DrException>(() => ControlFile.Parse(bytes));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        Assert.Contains("its CRC is wrong", e.Message, StringComparison.Ordinal);
        Assert.Equal(DrError.IntegrityFailure, Assert.Throws<DrException>(() => ControlFile.Parse(bytes.AsSpan(0, 4096))).Error);
    }

    [Fact]
    public void No_control_file_is_an_error_with_a_remedy()
    {
        var e = Assert.Throws<DrException>(() => ControlFile.Read("/nonexistent"));
        Assert.Equal(DrError.SourceMissing, e.Error);
        Assert.Contains("/nonexistent/global/pg_control", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_that_is_not_known_is_refused()
    {
        var bytes = new byte[ControlFile.FileLength];
        BitConverter.TryWriteBytes(bytes.AsSpan(8), 1900);
        var e = Assert.Throws<DrException>(() => ControlFile.Parse(bytes));
        Assert.Equal(DrError.SourceFailure, e.Error);
        Assert.Contains(1900.ToString(CultureInfo.InvariantCulture), e.Message, StringComparison.Ordinal);
    }
}
