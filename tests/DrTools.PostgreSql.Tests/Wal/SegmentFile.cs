using System.Buffers.Binary;
using System.Security.Cryptography;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>Segments that look like PostgreSQL's as far as an archive can tell.</summary>
internal static class SegmentFile
{
    public const ulong Cluster = 7_345_678_901_234_567_890;

    public const uint Size = 1 << 20;

    public static WalSegment Segment(ulong number, uint timeline = 1) => new(timeline, number, Size);

    public static byte[] Content(WalSegment segment, byte fill = 1, ulong cluster = Cluster, uint? headerTimeline = null, bool random = false)
    {
        var content = new byte[segment.Size];
        if (random)
        {
            RandomNumberGenerator.Fill(content);
        }
        else
        {
            content.AsSpan().Fill(fill);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(content, 0xD110);
        BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(2), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(4), headerTimeline ?? segment.Timeline);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(8), segment.Start.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(content.AsSpan(24), cluster);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(32), segment.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(36), 8192);
        return content;
    }

    /// <summary>Writes one into a folder under its name, or another.</summary>
    public static string Write(string folder, WalSegment segment, byte fill = 1, string? name = null)
    {
        var path = Path.Combine(folder, name ?? segment.FileName);
        File.WriteAllBytes(path, Content(segment, fill));
        return path;
    }

    /// <summary>A data directory, as far as an archive looks at one.</summary>
    public static string DataDirectory(string folder, ulong cluster = Cluster)
    {
        var path = Path.Combine(folder, "data");
        Directory.CreateDirectory(Path.Combine(path, "global"));
        Directory.CreateDirectory(Path.Combine(path, "pg_wal", "archive_status"));
        var control = new byte[8192];
        BinaryPrimitives.WriteUInt64LittleEndian(control, cluster);
        File.WriteAllBytes(Path.Combine(path, "global", "pg_control"), control);
        return path;
    }
}
