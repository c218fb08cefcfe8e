using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Tables;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// What of a server a logical backup holds. It is part of the source's name
/// (<c>postgresql://host:5432/shop?schema=sales,stock</c>), so that another selection has a chain and a retention of its
/// own: a backup of one schema never counts as one of the whole database.
/// </summary>
public sealed record LogicalSelection
{
    private const string SchemaKey = "schema";
    private const string TableKey = "table";
    private const string MethodKey = "method";

    private LogicalSelection(IEnumerable<string> schemas, IEnumerable<QualifiedName> tables)
    {
        Schemas = [.. schemas.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Tables = [.. tables.Where(t => !Schemas.Contains(t.Schema, StringComparer.Ordinal)).Distinct().OrderBy(t => t.Schema, StringComparer.Ordinal).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    /// <summary>Only these schemas, in ordinal order.</summary>
    public IReadOnlyList<string> Schemas { get; }

    /// <summary>Only these tables, in ordinal order; none of a schema that is chosen as a whole.</summary>
    public IReadOnlyList<QualifiedName> Tables { get; }

    /// <summary>Whether nothing was chosen, which means everything.</summary>
    public bool IsEverything => Schemas.Count == 0 && Tables.Count == 0;

    /// <summary>Divides a location into the address of the server, the method, and the selection.</summary>
    /// <param name="location">What follows <c>postgresql:</c>.</param>
    /// <param name="options">Options, whose selection is added.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/> or <see cref="DrError.BadUsage"/>.</exception>
    public static (ServerAddress Address, BackupMethod Method, LogicalSelection Selection) Parse(string location, PostgreSqlOptions options)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentNullException.ThrowIfNull(options);
        var schemas = new List<string>(options.Schemas);
        var tables = new List<QualifiedName>(options.Tables.Select(t => QualifiedName.Parse(t)));
        var method = options.Method;
        var mark = location.StartsWith('/') ? location.IndexOf('?', StringComparison.Ordinal) : -1;
        if (mark >= 0)
        {
            var others = new List<string>();
            foreach (var pair in location[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = pair.IndexOf('=', StringComparison.Ordinal);
                var values = equals < 0 ? [] : pair[(equals + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString);
                switch (equals < 0 ? pair : pair[..equals])
                {
                    case SchemaKey:
                        schemas.AddRange(values);
                        break;
                    case TableKey:
                        tables.AddRange(values.Select(v => QualifiedName.Parse(v)));
                        break;
                    case MethodKey:
                        method = Method(location, values.FirstOrDefault());
                        break;
                    default:
                        others.Add(pair);
                        break;
                }
            }

            location = others.Count == 0 ? location[..mark] : $"{location[..mark]}?{string.Join('&', others)}";
        }

        var address = ServerAddress.Parse(location);
        var selection = new LogicalSelection(schemas, tables);
        if (method == BackupMethod.Default)
        {
            method = address.Database is null && selection.IsEverything ? BackupMethod.Physical : BackupMethod.Logical;
        }

        if (!selection.IsEverything && (address.Database is null || method == BackupMethod.Physical))
        {
            throw new DrException(
                DrError.BadUsage,
                address.Database is null ? "Schemas and tables are chosen of one database, and none is named." : "Schemas and tables cannot be chosen for a physical backup, which holds the whole cluster.",
                address.Database is null ? "Name the database: postgresql://host:port/database." : "Leave the choice out, or use the method logical.");
        }

        if (address.Database is not null && method == BackupMethod.Physical)
        {
            throw new DrException(DrError.BadUsage, "A physical backup holds the whole cluster, not one database.", "Leave the database out of the address, or use the method logical.");
        }

        return (address, method, selection);
    }

    /// <summary>The canonical name of the source.</summary>
    public string NameOf(ServerAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var parameters = new List<string>();
        if (address.Database is null)
        {
            parameters.Add($"{MethodKey}=logical");
        }

        if (Schemas.Count > 0)
        {
            parameters.Add($"{SchemaKey}={string.Join(',', Schemas.Select(Uri.EscapeDataString))}");
        }

        if (Tables.Count > 0)
        {
            parameters.Add($"{TableKey}={string.Join(',', Tables.Select(t => Uri.EscapeDataString(t.ToString())))}");
        }

        return parameters.Count == 0 ? address.SourceName : $"{address.SourceName}?{string.Join('&', parameters)}";
    }

    private static BackupMethod Method(string location, string? text) => text switch
    {
        "physical" => BackupMethod.Physical,
        "logical" => BackupMethod.Logical,
        _ => throw new DrException(DrError.SourceUnknown, $"'postgresql:{location}' names the method '{text}'.", "The methods are physical and logical."),
    };
}
