using System.Text;

namespace DrTools.PostgreSql.Tables;

/// <summary>The names that a copy of a table and what belongs to it get: within 63 bytes, and each used once.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS">Identifiers</see>.</remarks>
internal sealed class CopyNames(QualifiedName table, QualifiedName copy, ISet<string> taken)
{
    private const int LongestName = 63;

    /// <summary>The name of an index, constraint or sequence of the copy. The table's name in it becomes the copy's.</summary>
    public string Of(string name)
    {
        var wanted = table.Name == copy.Name ? name
            : name.StartsWith(table.Name + "_", StringComparison.Ordinal) ? copy.Name + name[table.Name.Length..]
            : copy.Name.StartsWith(table.Name, StringComparison.Ordinal) ? name + copy.Name[table.Name.Length..]
            : $"{copy.Name}_{name}";
        var candidate = Cut(wanted, string.Empty);
        for (var number = 1; !taken.Add(candidate); number++)
        {
            candidate = Cut(wanted, $"_{number}");
        }

        return candidate;
    }

    /// <summary>Shortens a name so that it fits with an ending, at a whole character.</summary>
    public static string Cut(string name, string ending)
    {
        var room = LongestName - Encoding.UTF8.GetByteCount(ending);
        while (Encoding.UTF8.GetByteCount(name) > room)
        {
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return name + ending;
    }
}
