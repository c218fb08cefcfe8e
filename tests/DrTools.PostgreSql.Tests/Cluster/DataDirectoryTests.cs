using System.Text;
using DrTools.PostgreSql.Cluster;

namespace DrTools.PostgreSql.Tests.Cluster;

public sealed class DataDirectoryTests
{
    [Theory]
    [InlineData("16384", 16384, RelationFork.Main, 0, false)]
    [InlineData("16384.12", 16384, RelationFork.Main, 12, false)]
    [InlineData("16384_fsm", 16384, RelationFork.FreeSpaceMap, 0, false)]
    [InlineData("16384_vm.1", 16384, RelationFork.VisibilityMap, 1, false)]
    [InlineData("16384_init", 16384, RelationFork.Init, 0, false)]
    [InlineData("4294967295", 4294967295, RelationFork.Main, 0, false)]
    [InlineData("t3_16390", 16390, RelationFork.Main, 0, true)]
    [InlineData("t12_16390_fsm.2", 16390, RelationFork.FreeSpaceMap, 2, true)]
    public void Names_of_relation_files(string name, uint node, RelationFork fork, uint segment, bool temporary)
    {
        Assert.True(RelationFileName.TryParse(Encoding.UTF8.GetBytes(name), out var file));
        Assert.Equal(new RelationFileName(node, fork, segment, temporary), file);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PG_VERSION")]
    [InlineData("pg_filenode.map")]
    [InlineData("16384.")]
    [InlineData("16384.1x")]
    [InlineData("16384_")]
    [InlineData("16384_xyz")]
    [InlineData("16384x")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("4294967296")]
    [InlineData("t")]
    [InlineData("t3")]
    [InlineData("t_16384")]
    [InlineData("t3_")]
    public void Other_names(string name) => Assert.False(RelationFileName.TryParse(Encoding.UTF8.GetBytes(name), out _));

    [Theory]
    [InlineData("PG_VERSION", false, ClusterFileKind.Ordinary)]
    [InlineData("postgresql.conf", false, ClusterFileKind.Ordinary)]
    [InlineData("postgresql.auto.conf", false, ClusterFileKind.Ordinary)]
    [InlineData("postgresql.auto.conf.tmp", false, ClusterFileKind.Excluded)]
    [InlineData("postmaster.pid", false, ClusterFileKind.Excluded)]
    [InlineData("postmaster.opts", false, ClusterFileKind.Excluded)]
    [InlineData("backup_label", false, ClusterFileKind.Excluded)]
    [InlineData("backup_label.old", false, ClusterFileKind.Excluded)]
    [InlineData("backup_manifest", false, ClusterFileKind.Excluded)]
    [InlineData("standby.signal", false, ClusterFileKind.Excluded)]
    [InlineData("16384", false, ClusterFileKind.Ordinary)]
    [InlineData("global/pg_control", false, ClusterFileKind.Control)]
    [InlineData("global/pg_filenode.map", false, ClusterFileKind.Ordinary)]
    [InlineData("global/pg_internal.init", false, ClusterFileKind.Excluded)]
    [InlineData("global/pg_internal.init.1234", false, ClusterFileKind.Excluded)]
    [InlineData("global/1262", false, ClusterFileKind.MainFork)]
    [InlineData("global/1262_fsm", false, ClusterFileKind.OtherFork)]
    [InlineData("base/5/16384.3", false, ClusterFileKind.MainFork)]
    [InlineData("base/5/16384_vm", false, ClusterFileKind.OtherFork)]
    [InlineData("base/5/16384_init", false, ClusterFileKind.OtherFork)]
    [InlineData("base/5/t3_16384", false, ClusterFileKind.Excluded)]
    [InlineData("base/5/PG_VERSION", false, ClusterFileKind.Ordinary)]
    [InlineData("base/5/pg_internal.init", false, ClusterFileKind.Excluded)]
    [InlineData("base/pgsql_tmp", true, ClusterFileKind.Excluded)]
    [InlineData("base/pgsql_tmp/pgsql_tmp123.4", false, ClusterFileKind.Excluded)]
    [InlineData("pg_tblspc/16400/PG_17_202406281/pgsql_tmp", true, ClusterFileKind.Excluded)]
    [InlineData("pg_tblspc/16400/PG_17_202406281/5/16384", false, ClusterFileKind.MainFork)]
    [InlineData("pg_tblspc/16400/PG_17_202406281/16384", false, ClusterFileKind.Ordinary)]
    [InlineData("pg_xact/0000", false, ClusterFileKind.Ordinary)]
    [InlineData("pg_wal", true, ClusterFileKind.Ordinary)]
    [InlineData("pg_wal/000000010000000000000001", false, ClusterFileKind.Excluded)]
    [InlineData("pg_wal/00000002.history", false, ClusterFileKind.Excluded)]
    [InlineData("pg_wal/archive_status", true, ClusterFileKind.EmptiedFolder)]
    [InlineData("pg_wal/summaries", true, ClusterFileKind.EmptiedFolder)]
    [InlineData("pg_wal/other", true, ClusterFileKind.Excluded)]
    [InlineData("pg_replslot", true, ClusterFileKind.EmptiedFolder)]
    [InlineData("pg_stat_tmp", true, ClusterFileKind.EmptiedFolder)]
    [InlineData("pg_stat", true, ClusterFileKind.Ordinary)]
    [InlineData("pg_logical/snapshots", true, ClusterFileKind.Ordinary)]
    public void What_belongs_to_a_backup(string path, bool isFolder, ClusterFileKind expected) =>
        Assert.Equal(expected, DataDirectory.Classify(Encoding.UTF8.GetBytes(path), isFolder, out _));

    [Theory]
    [InlineData("pg_replslot/slot/state", true)]
    [InlineData("pg_replslot", false)]
    [InlineData("base/pgsql_tmp/x/y", true)]
    [InlineData("pg_wal/summaries/x.summary", true)]
    [InlineData("base/5/16384", false)]
    public void Whatever_lies_below_an_emptied_folder_is_left_out(string path, bool leftOut) =>
        Assert.Equal(leftOut, DataDirectory.IsLeftOut(Encoding.UTF8.GetBytes(path), path == "pg_replslot"));

    [Fact]
    public void Of_an_unlogged_relation_only_the_init_fork_belongs_to_a_backup()
    {
        var unlogged = new HashSet<uint> { 16384 };
        Assert.True(DataDirectory.IsUnlogged(new RelationFileName(16384, RelationFork.Main, 1, false), unlogged));
        Assert.True(DataDirectory.IsUnlogged(new RelationFileName(16384, RelationFork.VisibilityMap, 0, false), unlogged));
        Assert.False(DataDirectory.IsUnlogged(new RelationFileName(16384, RelationFork.Init, 0, false), unlogged));
        Assert.False(DataDirectory.IsUnlogged(new RelationFileName(16385, RelationFork.Main, 0, false), unlogged));
    }
}
