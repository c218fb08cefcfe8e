using System.Globalization;

namespace DrTools.Demo.Production;

/// <summary>A marker: something written at a known time after the last backup.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Written">When it was committed, UTC.</param>
/// <param name="FilePath">Its path in the tree, if it is also a file.</param>
internal sealed record Marker(int Id, DateTimeOffset Written, string? FilePath);

/// <summary>Production that goes on: commits marker rows and files at a steady pace, and remembers each.</summary>
internal sealed class MarkerWriter(ShopDatabase shop, string tree, IReadOnlyList<string> folders, TimeProvider time)
{
    /// <summary>Start of the name of every marker file.</summary>
    public const string FilePrefix = "marker-";

    /// <summary>Whether a path of the tree is that of a marker file.</summary>
    public static bool IsMarker(string path) => Path.GetFileName(path).StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <summary>Writes a row for each interval, and a file with every second row.</summary>
    public async Task<IReadOnlyList<Marker>> RunAsync(TimeSpan duration, TimeSpan interval, CancellationToken cancellationToken)
    {
        var markers = new List<Marker>();
        var start = time.GetTimestamp();
        do
        {
            var id = markers.Count + 1;
            shop.WriteMarker(id, time.GetUtcNow());
            markers.Add(new Marker(id, time.GetUtcNow(), id % 2 == 0 ? WriteFile(id) : null));
            var pause = (id * interval) - time.GetElapsedTime(start);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
        while (time.GetElapsedTime(start) < duration);

        return markers;
    }

    private string WriteFile(int id)
    {
        var path = Path.Combine(folders[id / 2 % folders.Count], string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}{id:000}.txt"));
        File.WriteAllText(Path.Combine(tree, path), time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        return path;
    }
}
