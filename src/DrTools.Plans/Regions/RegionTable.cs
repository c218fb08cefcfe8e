using System.Globalization;

namespace DrTools.Plans;

/// <summary>
/// A table of regions: values divided by commas, a line for each region, names of the columns in the first line; lines that start
/// with <c>#</c> are remarks. One comes with the program; a changed copy can take its place.
/// </summary>
public sealed class RegionTable
{
    private const string Builtin = "DrTools.Plans.Regions.regions.csv";

    private const int MaximumBytes = 1 << 20;

    private static readonly string[] Columns = ["region", "location", "latitude", "longitude", "jurisdiction", "area", "zones", "partition", "preferred"];

    private static readonly string[] Needed = ["region", "location", "latitude", "longitude", "jurisdiction"];

    private RegionTable(string source, IReadOnlyList<CloudRegion> regions, string remark) => (Source, Regions, Remark) = (source, regions, remark);

    /// <summary>Where it was read: a file, or <c>built in</c>.</summary>
    public string Source { get; }

    /// <summary>The first remark that says as of when it is, and from where; empty if there is none.</summary>
    public string Remark { get; }

    /// <summary>The regions, in the order of the table.</summary>
    public IReadOnlyList<CloudRegion> Regions { get; }

    /// <summary>The text of the table that comes with the program.</summary>
    public static string BuiltinText
    {
        get
        {
            using var stream = typeof(RegionTable).Assembly.GetManifestResourceStream(Builtin) ?? throw new InvalidOperationException($"{Builtin} is not in the assembly.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads a table.</summary>
    /// <param name="file">The file; <see langword="null"/> for the table that comes with the program.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> naming the line that makes no sense, or why it cannot be read.</exception>
    public static RegionTable Read(string? file)
    {
        if (file is null)
        {
            return Parse("built in", BuiltinText);
        }

        try
        {
            var info = new FileInfo(file);
            return info.Length > MaximumBytes
                ? throw new DrException(DrError.BadUsage, $"{file} is no table of regions: it is larger than {Figures.Bytes(MaximumBytes)}.", "Name a table like the one of: drtools regions --show-table.") { Subject = file }
                : Parse(Path.GetFullPath(file), File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.BadUsage, $"The table of regions {file} cannot be read: {e.Message}", "Check the path and its permissions. The table that comes with the program is printed by: drtools regions --show-table.", e) { Subject = file };
        }
    }

    /// <summary>Reads the text of a table.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> naming the line that makes no sense.</exception>
    public static RegionTable Parse(string source, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[]? header = null;
        var (regions, remarks) = (new List<CloudRegion>(), new List<string>());
        foreach (var (line, number) in text.Split('\n').Select((l, i) => (l.Trim().TrimStart('\uFEFF'), i + 1)))
        {
            if (line.StartsWith('#'))
            {
                remarks.Add(line.TrimStart('#').Trim());
            }
            else if (line.Length > 0 && header is null)
            {
                header = Header(source, number, line);
            }
            else if (line.Length > 0)
            {
                var region = Row(source, number, header!, line);
                if (regions.Exists(r => string.Equals(r.Region, region.Region, StringComparison.OrdinalIgnoreCase)))
                {
                    throw Wrong(source, number, $"the region {region.Region} is there twice", "Remove one of them.");
                }

                regions.Add(region);
            }
        }

        return regions.Count > 0
            ? new RegionTable(source, regions, remarks.Find(r => r.StartsWith("As of", StringComparison.OrdinalIgnoreCase)) ?? string.Empty)
            : throw new DrException(DrError.BadUsage, $"{source} names no regions.", "Name a table like the one of: drtools regions --show-table.") { Subject = source };
    }

    /// <summary>A region by its name, whatever the case.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the table has none of that name.</exception>
    public CloudRegion Find(string name)
    {
        if (TryFind(name) is { } found)
        {
            return found;
        }

        var closest = Spelling.Closest(name, [.. Regions.Select(r => r.Region)]);
        throw new DrException(
            DrError.BadUsage,
            $"The table of regions ({Source}) has no region '{name}'.{(closest is null ? string.Empty : $" Did you mean '{closest}'?")}",
            "List the regions: drtools regions, Get-DrRegionPair; or add it to a table of your own (--table, -Table).")
        { Subject = name };
    }

    /// <summary>A region by its name, whatever the case; <see langword="null"/> when the table has none of that name.</summary>
    public CloudRegion? TryFind(string name) => Regions.FirstOrDefault(r => string.Equals(r.Region, name, StringComparison.OrdinalIgnoreCase));

    private static string[] Header(string source, int number, string line)
    {
        var header = line.Split(',').Select(c => c.Trim().ToLowerInvariant()).ToArray();
        var unknown = header.FirstOrDefault(c => !Columns.Contains(c));
        var missing = Needed.FirstOrDefault(c => !header.Contains(c));
        return unknown is not null ? throw Wrong(source, number, $"there is no column '{unknown}'", $"The columns are {string.Join(", ", Columns)}.")
            : missing is not null ? throw Wrong(source, number, $"the column '{missing}' is missing", $"Name the columns in the first line: {string.Join(",", Columns)}.")
            : header;
    }

    private static CloudRegion Row(string source, int number, string[] header, string line)
    {
        var values = line.Split(',').Select(v => v.Trim()).ToArray();
        if (values.Length != header.Length)
        {
            throw Wrong(source, number, $"there are {values.Length} values and {header.Length} columns", "Give each column a value, which may be empty; a value cannot hold a comma.");
        }

        string? Value(string column) => Array.IndexOf(header, column) is >= 0 and var i && values[i].Length > 0 ? values[i] : null;
        string Required(string column) => Value(column) ?? throw Wrong(source, number, $"'{column}' is empty", "Give it a value.");
        double Degrees(string column, double most) => double.TryParse(Required(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees) && Math.Abs(degrees) <= most
            ? degrees
            : throw Wrong(source, number, $"'{Value(column)}' is no {column}", $"Write degrees from -{most:0} to {most:0}, with a point: 50.11.");
        int? zones = Value("zones") is not { } written ? null
            : int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
            : throw Wrong(source, number, $"'{written}' is no number of zones", "Write 1 or more, or nothing.");
        return new CloudRegion
        {
            Region = Required("region"),
            Location = Required("location"),
            Latitude = Degrees("latitude", 90),
            Longitude = Degrees("longitude", 180),
            Jurisdiction = Required("jurisdiction"),
            Area = Value("area"),
            Zones = zones,
            Partition = Value("partition"),
            Preferred = Value("preferred")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
    }

    private static DrException Wrong(string source, int line, string what, string remedy) =>
        new(DrError.BadUsage, $"{source}:{line}: {what}.", remedy) { Subject = source };
}
