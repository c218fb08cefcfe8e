using System.Security.Cryptography;
using DrTools.Backup;
using DrTools.Repositories.Journal;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Backup;

/// <summary>A backup that is not like those before it is told apart, and one that is, is not.</summary>
public sealed class ChangeHistoryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_that_are_encrypted_are_noticed_and_everyday_changes_are_not()
    {
        await using var torture = await TortureRepository.CreateAsync();
        var source = Directory.CreateDirectory(torture.At("source")).FullName;
        for (var i = 0; i < 60; i++)
        {
            Write(source, i, day: 0);
        }

        Assert.Null((await torture.BackUpAsync(source, BackupType.Full)).Backup.Unusual);
        for (var day = 1; day <= 6; day++)
        {
            // Some days more, some less; once three times as much as the day before.
            for (var i = 0; i < (day == 4 ? 3 : 1); i++)
            {
                Write(source, (day + i) % 60, day);
            }

            Assert.Null((await torture.BackUpAsync(source)).Backup.Unusual);
        }

        // What ransomware does: new names, random content, the old files gone.
        foreach (var file in Directory.GetFiles(source).Take(40))
        {
            await File.WriteAllBytesAsync(file + ".locked", RandomNumberGenerator.GetBytes((int)new FileInfo(file).Length), Cancel);
            File.Delete(file);
        }

        var attacked = (await torture.BackUpAsync(source)).Backup;
        Assert.Equal(2, attacked.Unusual!.Count);
        Assert.Contains("of the content is new", attacked.Unusual[0], StringComparison.Ordinal);
        Assert.Contains("in the 6 backups before it was at most ", attacked.Unusual[0], StringComparison.Ordinal);
        Assert.Contains("can hardly be compressed", attacked.Unusual[1], StringComparison.Ordinal);
        var record = (await torture.Repository.Journal.ReadAsync(1, Cancel))[0];
        Assert.Equal(attacked.Id, record.BackupId);
        Assert.Equal(attacked.Unusual, record.Unusual);
        Assert.Equal(RunOutcome.Succeeded, record.Outcome);

        // It is stored like any other, and read back with what it says; the next day is compared with the days before.
        Assert.Equal(attacked.Unusual, (await torture.ListAsync())[^1].Unusual);
        Write(source, 50, day: 8);
        Assert.Null((await torture.BackUpAsync(source)).Backup.Unusual);
        foreach (var file in Directory.GetFiles(source).Take(45))
        {
            await File.WriteAllBytesAsync(file, RandomNumberGenerator.GetBytes(100_000), Cancel);
        }

        Assert.NotNull((await torture.BackUpAsync(source)).Backup.Unusual);

        // Through a full backup, too.
        await torture.BackUpAsync(source, BackupType.Full);
        foreach (var file in Directory.GetFiles(source))
        {
            File.Delete(file);
        }

        Write(source, 1, day: 9);
        var emptied = (await torture.BackUpAsync(source)).Backup;
        Assert.Contains(" files of 61 are gone since the last backup.", Assert.Single(emptied.Unusual!), StringComparison.Ordinal);
        Assert.True(emptied.ChangeHistory.Count >= 10);
    }

    [Theory]
    [InlineData(2, 0.9, 1.0, 0)] // too few to compare with
    [InlineData(3, 0.9, 1.0, 2)]
    [InlineData(3, 0.9, 0.4, 1)]
    [InlineData(3, 0.04, 0.4, 0)]
    [InlineData(3, 0.04, 0.99, 1)] // little, but four times the usual and not compressible
    [InlineData(3, 0.015, 0.99, 0)]
    public void What_is_unusual(int days, double changed, double stored, int signs)
    {
        BackupInfo? previous = null;
        for (var day = 0; day < days; day++)
        {
            previous = ChangeHistory.Judge(Info(0.01, 0.4), previous);
            Assert.Null(previous.Unusual);
        }

        var judged = ChangeHistory.Judge(Info(changed, stored), previous);
        Assert.Equal(signs, judged.Unusual?.Count ?? 0);
        Assert.Equal(signs > 0, judged.ChangeHistory[^1].IsUnusual);
    }

    [Fact]
    public void What_stays_different_becomes_usual()
    {
        BackupInfo? previous = null;
        for (var day = 0; day < 5; day++)
        {
            previous = ChangeHistory.Judge(Info(0.01, 0.4), previous);
        }

        var flagged = 0;
        for (var day = 0; day < 60; day++)
        {
            previous = ChangeHistory.Judge(Info(0.5, 0.4), previous);
            flagged += previous.Unusual is null ? 0 : 1;
            Assert.True(previous.ChangeHistory.Count <= ChangeHistory.Length);
        }

        Assert.InRange(flagged, 20, 31);
        Assert.Null(previous!.Unusual);
    }

    private static BackupInfo Info(double changed, double stored) => new()
    {
        Id = "x",
        Source = "files:/x",
        Host = "h",
        Type = BackupType.Incremental,
        Sequence = 1,
        FullId = "x",
        Started = DateTimeOffset.UtcNow,
        Finished = DateTimeOffset.UtcNow,
        ToolVersion = "1",
        Files = 100,
        SourceBytes = 1_000_000_000,
        NewBytes = (long)(1_000_000_000 * changed),
        StoredBytes = (long)(1_000_000_000 * changed * stored),
    };

    /// <summary>Half a megabyte of text, other every day.</summary>
    private static void Write(string folder, int number, int day) =>
        File.WriteAllLines(Path.Combine(folder, $"{number}.txt"), Enumerable.Range(0, 12_000).Select(i => $"{number} {day} line {(i * 7919) % 10007} of the ledger, {i}"));
}
