using System.Diagnostics;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Recovery;

public sealed class RecoverySettingsTests
{
    [Fact]
    public void The_restore_command_survives_the_shell_and_the_server_with_any_path()
    {
        var command = new RestoreCommand { Program = "/opt/dr tools/drtools", Repository = "/backup/it's 100% \"mine\"\\ $HOME", KeyFile = "/etc/dr tools/`key`" }.ToString();

        // What the server does: %% → %, %f and %p replaced.
        var filled = command.Replace("%%", "\0", StringComparison.Ordinal).Replace("%f", "000000010000000000000001", StringComparison.Ordinal).Replace("%p", "pg_wal/RECOVERYXLOG", StringComparison.Ordinal).Replace('\0', '%');
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", filled.Replace("'/opt/dr tools/drtools'", "printf '%s\\n'", StringComparison.Ordinal)]) { RedirectStandardOutput = true })!;
        Assert.Equal(
            ["wal", "get", "000000010000000000000001", "pg_wal/RECOVERYXLOG", "--repo", "/backup/it's 100% \"mine\"\\ $HOME", "--key-file", "/etc/dr tools/`key`", "--guard-tablespaces"],
            shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public void Servers_read_what_was_written_whatever_an_earlier_recovery_left(int version)
    {
        var server = TestServer.Find(version);
        var folder = TestCluster.NewFolder();
        try
        {
            var data = Path.Combine(folder, "data");
            server.Initialize(data);
            var file = Path.Combine(data, RecoverySettings.SettingsFile);
            File.AppendAllText(file, "archive_mode = 'on'\narchive_command = 'production'\nprimary_conninfo = 'host=production'\nrecovery_target_name = 'earlier'");
            File.WriteAllText(Path.Combine(data, "recovery.conf"), string.Empty);
            File.WriteAllText(Path.Combine(data, "standby.signal"), string.Empty);
            var command = new RestoreCommand { Program = "/opt/dr tools/drtools", Repository = "/it's\\100%" }.ToString();
            new RecoverySettings { Target = RecoveryTarget.Parse("2026-11-21T10:00:00.5+01:00"), Action = RecoveryTargetAction.Shutdown, RestoreCommand = command }.Write(data);
            TestServer.Run("test", "-f", Path.Combine(data, "recovery.signal"));
            Assert.False(File.Exists(Path.Combine(data, "recovery.conf")));
            Assert.False(File.Exists(Path.Combine(data, "standby.signal")));
            if (Environment.UserName == "root")
            {
                Process.Start("chown", ["postgres", file]).WaitForExit();
            }

            string Setting(string name) => TestServer.Run(Path.Combine(server.Programs, "postgres"), "-D", data, "-C", name).TrimEnd('\n');
            Assert.Equal("off", Setting("archive_mode"));
            Assert.Equal(string.Empty, Setting("primary_conninfo"));
            Assert.Equal("0", Setting("max_logical_replication_workers"));
            Assert.Equal(string.Empty, Setting("recovery_target_name"));
            Assert.Equal("2026-11-21 09:00:00.500000+00", Setting("recovery_target_time"));
            Assert.Equal("shutdown", Setting("recovery_target_action"));
            Assert.Equal(command, Setting("restore_command"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(RecoveryTargetAction.Pause)]
    [InlineData(RecoveryTargetAction.Shutdown)]
    public void Nothing_can_be_done_at_the_end_of_the_log_but_promote(RecoveryTargetAction action)
    {
        var settings = new RecoverySettings { Target = RecoveryTarget.Latest, Action = action };
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(settings.ToSettings).Error);
    }

    [Fact]
    public void Archiving_and_replication_stay_on_only_where_asked_for()
    {
        var settings = new RecoverySettings { Target = RecoveryTarget.Latest, KeepsArchiving = true, KeepsReplication = true }.ToSettings().Select(s => s.Key).ToList();
        Assert.DoesNotContain("archive_mode", settings);
        Assert.DoesNotContain("primary_conninfo", settings);
        Assert.DoesNotContain("max_logical_replication_workers", settings);
    }

    [Fact]
    public void A_line_break_cannot_smuggle_in_a_setting() =>
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => ConfigurationText.Line("restore_command", "a\nfsync = off")).Error);
}
