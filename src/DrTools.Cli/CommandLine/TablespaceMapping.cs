namespace DrTools.Cli.CommandLine;

/// <summary>Reads <c>--tablespace-mapping OLD=NEW</c>.</summary>
internal static class TablespaceMapping
{
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static Dictionary<string, string> Parse(string[] pairs)
    {
        var mapping = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == pair.Length - 1)
            {
                throw new DrException(DrError.BadUsage, $"'{pair}' does not map a tablespace.", "Write --tablespace-mapping /old/folder=/new/folder.");
            }

            mapping[Path.TrimEndingDirectorySeparator(pair[..equals])] = Path.TrimEndingDirectorySeparator(Path.GetFullPath(pair[(equals + 1)..]));
        }

        return mapping;
    }
}
