using System.Buffers.Text;
using System.Globalization;

namespace DrTools.PostgreSql.Cluster;

/// <summary>What a file of a relation holds.</summary>
public enum RelationFork : byte
{
    /// <summary>The data: a table's rows, an index's entries.</summary>
    Main = 0,

    /// <summary>Where there is free space (<c>_fsm</c>). Its pages are changed without WAL.</summary>
    FreeSpaceMap = 1,

    /// <summary>What all transactions see (<c>_vm</c>). Its pages are changed without their LSN.</summary>
    VisibilityMap = 2,

    /// <summary>What an unlogged relation is reset to after a crash (<c>_init</c>).</summary>
    Init = 3,
}

/// <summary>The name of a file of a relation: <c>16384</c>, <c>16384.1</c>, <c>16384_fsm</c>, <c>t3_16390</c>.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/storage-file-layout.html">PostgreSQL: Database File
/// Layout</see>.</remarks>
/// <param name="FileNode">The relation's file number.</param>
/// <param name="Fork">What it holds.</param>
/// <param name="Segment">Its number among the files that make up the fork, from 0.</param>
/// <param name="IsTemporary">Whether the relation is a session's temporary one.</param>
public readonly record struct RelationFileName(uint FileNode, RelationFork Fork, uint Segment, bool IsTemporary)
{
    /// <summary>Takes a name apart.</summary>
    /// <param name="name">The file's name without its folder.</param>
    /// <param name="file">What it means.</param>
    /// <returns>Whether it is the name of a file of a relation.</returns>
    public static bool TryParse(ReadOnlySpan<byte> name, out RelationFileName file)
    {
        file = default;
        var rest = name;
        var temporary = !rest.IsEmpty && rest[0] == (byte)'t';
        if (temporary && (!TryNumber(rest[1..], out _, out rest) || rest.IsEmpty || rest[0] != (byte)'_'))
        {
            return false;
        }

        if (!TryNumber(temporary ? rest[1..] : rest, out var node, out rest))
        {
            return false;
        }

        var fork = RelationFork.Main;
        if (!rest.IsEmpty && rest[0] == (byte)'_')
        {
            var dot = rest.IndexOf((byte)'.');
            var suffix = dot < 0 ? rest : rest[..dot];
            if (suffix.SequenceEqual("_fsm"u8))
            {
                fork = RelationFork.FreeSpaceMap;
            }
            else if (suffix.SequenceEqual("_vm"u8))
            {
                fork = RelationFork.VisibilityMap;
            }
            else if (suffix.SequenceEqual("_init"u8))
            {
                fork = RelationFork.Init;
            }
            else
            {
                return false;
            }

            rest = rest[suffix.Length..];
        }

        uint segment = 0;
        if (!rest.IsEmpty && (rest[0] != (byte)'.' || !TryNumber(rest[1..], out segment, out rest) || !rest.IsEmpty))
        {
            return false;
        }

        file = new RelationFileName(node, fork, segment, temporary);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var fork = Fork switch { RelationFork.FreeSpaceMap => "_fsm", RelationFork.VisibilityMap => "_vm", RelationFork.Init => "_init", _ => string.Empty };
        return string.Create(CultureInfo.InvariantCulture, $"{FileNode}{fork}{(Segment == 0 ? string.Empty : $".{Segment}")}");
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out uint value, out ReadOnlySpan<byte> rest)
    {
        rest = default;
        if (text.IsEmpty || text[0] is < (byte)'0' or > (byte)'9' || !Utf8Parser.TryParse(text, out value, out var consumed))
        {
            value = 0;
            return false;
        }

        rest = text[consumed..];
        return true;
    }
}
