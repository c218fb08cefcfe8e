using DrTools.Stores;

namespace DrTools.Deposits;

/// <summary>Where deposits lie: below a location a folder for each host, and in it one for each deposit.</summary>
internal static class DepositPlace
{
    /// <summary>The location of something below another location.</summary>
    public static string Below(string location, params ReadOnlySpan<string> segments)
    {
        var below = string.Join('/', segments!);
        if (!location.Contains("://", StringComparison.Ordinal))
        {
            return Path.Combine(Path.GetFullPath(location), below);
        }

        var query = location.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? location : location[..query];
        return $"{path.TrimEnd('/')}/{below}{(query < 0 ? string.Empty : location[query..])}";
    }

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when no folder can have the name of that host.</exception>
    public static void RequireHost(string host)
    {
        if (!ObjectName.IsSegment(host))
        {
            throw new DrException(
                DrError.BadUsage,
                $"'{host}' cannot be the name of a host that deposits: it names a folder.",
                "Give one of letters, digits, dots, hyphens and underscores (--host, -HostName).");
        }
    }
}
