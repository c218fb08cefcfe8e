using System.Globalization;
using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Stores;

/// <summary>
/// What <see cref="DirectoryStoreProcessTests"/> starts in processes of their own: this program again, told to run
/// one of these. They are explicit, so that nothing else runs them.
/// </summary>
public sealed class DirectoryStoreChild
{
    internal const string FolderVariable = "DRTOOLS_TEST_FOLDER", NumberVariable = "DRTOOLS_TEST_NUMBER";
    internal const int Races = 100, ObjectLength = 3 * PieceLength;

    private const int PieceLength = 100_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Races_for_every_name()
    {
        var (folder, number) = Arguments();
        await using var store = DirectoryStore.Open(StoreIn(folder), create: true);
        await File.WriteAllTextAsync(Path.Combine(folder, $"ready{number}"), "", Cancel);
        while (!File.Exists(Path.Combine(folder, "go")))
        {
            await Task.Yield();
        }

        var won = new List<string>();
        for (var i = 0; i < Races; i++)
        {
            var name = $"race/{i % 10}/{i}";
            if (await store.TryPutAsync(name, new[] { (byte)number }, Cancel))
            {
                won.Add(name);
            }
        }

        await File.WriteAllLinesAsync(Path.Combine(folder, $"won{number}"), won, Cancel);
    }

    [Fact(Explicit = true)]
    public async Task Writes_until_it_is_killed()
    {
        var (folder, number) = Arguments();
        await using var store = DirectoryStore.Open(StoreIn(folder), create: true);
        var piece = new byte[PieceLength];
        for (var i = 0; ; i++)
        {
            await using var writer = await store.CreateAsync($"packs/{number}-{i}", Cancel);
            Array.Fill(piece, (byte)i);
            for (var part = 0; part < 3; part++)
            {
                await writer.WriteAsync(piece, Cancel);
            }

            await writer.CommitAsync(Cancel);
            if (i == 0)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, $"ready{number}"), "", Cancel);
            }
        }
    }

    internal static string StoreIn(string folder) => Path.Combine(folder, "store");

    private static (string Folder, int Number) Arguments() =>
        (Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Only a test starts this."),
        int.Parse(Environment.GetEnvironmentVariable(NumberVariable)!, CultureInfo.InvariantCulture));
}
