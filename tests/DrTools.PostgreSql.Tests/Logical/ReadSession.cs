using System.Text;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Tests.Logical;

/// <summary>Reads a session to its end as the engine does, into files.</summary>
internal static class ReadSession
{
    /// <summary>The paths and sizes of what was read.</summary>
    public static async Task<Dictionary<string, long>> IntoAsync(SourceSession session, string folder, CancellationToken cancellationToken)
    {
        var sizes = new Dictionary<string, long>();
        foreach (var entry in session.ReadEntries(cancellationToken))
        {
            var path = Path.Combine(folder, Encoding.UTF8.GetString(entry.Path));
            if (entry.Kind == EntryKind.Directory)
            {
                Directory.CreateDirectory(path);
                continue;
            }

            using var content = session.Open(entry);
            await using var file = File.Create(path);
            var buffer = new byte[1 << 16];
            while (content.Read(buffer) is > 0 and var count)
            {
                file.Write(buffer, 0, count);
            }

            sizes.Add(entry.DisplayPath, file.Length);
        }

        await foreach (var entry in session.ReadFinalEntriesAsync(cancellationToken))
        {
            throw new InvalidOperationException($"A logical backup has no final entries, and {entry.DisplayPath} came.");
        }

        return sizes;
    }

    public static SourceContext Context(string folder, List<EntryIssue> issues) => new() { WorkFolder = folder, Report = issues.Add };
}
