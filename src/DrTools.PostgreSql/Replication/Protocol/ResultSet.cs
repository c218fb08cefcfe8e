using System.Text;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>Rows that a command returned, in the text format.</summary>
internal sealed record ResultSet(IReadOnlyList<string> Columns, IReadOnlyList<byte[]?[]> Rows)
{
    /// <summary>A value of the first row by the name of its column; <see langword="null"/> for NULL, or without rows.</summary>
    public string? this[string column] => Bytes(column) is { } value ? Encoding.UTF8.GetString(value) : null;

    /// <summary>The same as bytes.</summary>
    public byte[]? Bytes(string column)
    {
        var index = Columns.ToList().IndexOf(column);
        return index >= 0 && Rows.Count > 0 ? Rows[0][index] : null;
    }

    /// <summary>A value that must be there.</summary>
    public string Required(string column) =>
        this[column] ?? throw new InvalidDataException($"the server's answer lacks the value '{column}'");
}
