using DrTools.Restore;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Restore;

/// <summary>Reads a tree and writes it elsewhere, with no repository in between.</summary>
internal static class TreeCopy
{
    /// <returns>What was reported by either side.</returns>
    public static List<EntryIssue> Run(string from, string to, TreeWriterOptions? options = null)
    {
        var issues = new List<EntryIssue>();
        using var writer = TreeWriter.Open(to, (options ?? new TreeWriterOptions { Report = issues.Add, Sync = false }) with
        {
            Report = issues.Add,
        });
        var session = new FilesSource(from).OpenAsync(
            new SourceContext { WorkFolder = string.Empty, Report = issues.Add }, CancellationToken.None).AsTask().Result;
        foreach (var entry in session.ReadEntries(CancellationToken.None))
        {
            Write(session, writer, entry);
        }

        writer.Finish(success: true);
        session.DisposeAsync().AsTask().Wait();
        return issues;
    }

    private static void Write(SourceSession session, TreeWriter writer, TreeEntry entry)
    {
        switch (entry.Kind)
        {
            case EntryKind.Directory:
                writer.CreateDirectory(entry);
                break;
            case EntryKind.SymbolicLink:
                writer.CreateSymbolicLink(entry);
                break;
            case EntryKind.HardLink:
                writer.CreateHardLink(entry);
                break;
            case EntryKind.File:
                WriteFile(session, writer, entry);
                break;
            default:
                writer.CreateSpecial(entry);
                break;
        }
    }

    private static void WriteFile(SourceSession session, TreeWriter writer, TreeEntry entry)
    {
        using var content = session.Open(entry);
        using var file = writer.CreateFile(entry);
        var buffer = new byte[1 << 16];
        long position = 0;
        while (true)
        {
            var hole = content.SkipHole();
            var count = content.Read(buffer);
            if (hole == 0 && count == 0)
            {
                break;
            }

            position += hole;
            file.Write(position, buffer.AsSpan(0, count));
            position += count;
        }

        Assert.Equal(entry.Size, position);
        Assert.True(content.IsUnchanged());
        file.Commit();
    }
}
