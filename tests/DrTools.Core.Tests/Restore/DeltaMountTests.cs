using DrTools.Backup;
using DrTools.Restore;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Restore;

/// <summary>Bringing a copy up to date of which a part lies elsewhere, behind a link, as a tablespace does.</summary>
public sealed class DeltaMountTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_differs_behind_a_link_is_replaced_where_it_is(bool onOtherFileSystem)
    {
        await using var torture = await TortureRepository.CreateAsync();
        var (source, target) = (torture.At("source"), torture.At("target"));
        var elsewhere = onOtherFileSystem ? Directory.CreateTempSubdirectory("drtools-delta-").FullName : Directory.CreateDirectory(torture.At("elsewhere")).FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(source, "links", "1", "v", "5"));
            await File.WriteAllTextAsync(Path.Combine(source, "plain"), "as backed up", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(source, "links", "1", "v", "5", "map"), "as backed up", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(source, "links", "1", "v", "5", "same"), "the same", TestContext.Current.CancellationToken);
            var backup = (await torture.BackUpAsync(source, BackupType.Full)).Backup;

            // An earlier copy: a link leads to what is elsewhere, where one file has changed, and a folder is in the way of another.
            Directory.CreateDirectory(Path.Combine(target, "links"));
            File.CreateSymbolicLink(Path.Combine(target, "links", "1"), elsewhere);
            Directory.CreateDirectory(Path.Combine(elsewhere, "v", "5", "same", "in the way"));
            await File.WriteAllTextAsync(Path.Combine(elsewhere, "v", "5", "map"), "changed since", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(target, "plain"), "changed since", TestContext.Current.CancellationToken);

            var result = await torture.RestoreAsync(backup, target, new RestoreOptions
            {
                Delta = true,
                Parallelism = 2,
                Mounts = new Dictionary<string, string> { ["links/1"] = elsewhere },
            });

            Assert.True(result.Passed, string.Join('\n', result.Issues));
            Assert.Equal("as backed up", await File.ReadAllTextAsync(Path.Combine(target, "plain"), TestContext.Current.CancellationToken));
            Assert.Equal("as backed up", await File.ReadAllTextAsync(Path.Combine(elsewhere, "v", "5", "map"), TestContext.Current.CancellationToken));
            Assert.Equal("the same", await File.ReadAllTextAsync(Path.Combine(elsewhere, "v", "5", "same"), TestContext.Current.CancellationToken));
            Assert.Equal(["v"], Directory.EnumerateFileSystemEntries(elsewhere).Select(Path.GetFileName));
            Assert.Equal(["links", "plain"], Directory.EnumerateFileSystemEntries(target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        finally
        {
            if (Directory.Exists(elsewhere))
            {
                Directory.Delete(elsewhere, recursive: true);
            }
        }
    }
}
