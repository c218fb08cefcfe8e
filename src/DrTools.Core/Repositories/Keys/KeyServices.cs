namespace DrTools.Repositories.Keys;

/// <summary>Turns locations of keys (<c>aws-kms://alias/backup</c>) into key management services. Providers add their
/// schemes; Core knows none.</summary>
public static class KeyServices
{
    private static readonly Dictionary<string, (Func<string, IKeyService> Open, Func<string, bool> IsShort)> Schemes = new(StringComparer.OrdinalIgnoreCase);

    private static Action? _later;

    /// <summary>Adds a scheme.</summary>
    /// <param name="scheme">Without colon (<c>aws-kms</c>).</param>
    /// <param name="open">Opens a location, without asking the service anything.</param>
    /// <param name="isShort">Whether a text that names no scheme is a key of this one.</param>
    public static void Register(string scheme, Func<string, IKeyService> open, Func<string, bool> isShort)
    {
        lock (Schemes)
        {
            Schemes[scheme] = (open, isShort);
        }
    }

    /// <summary>Adds schemes only when one is asked for: for a program that must start fast and hardly ever needs them.</summary>
    public static void RegisterLater(Action register)
    {
        lock (Schemes)
        {
            _later = register;
        }
    }

    /// <summary>Opens the service that a location names.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it makes no sense.</exception>
    public static IKeyService Open(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        lock (Schemes)
        {
            var later = _later;
            _later = null;
            later?.Invoke();
            var colon = location.IndexOf("://", StringComparison.Ordinal);
            foreach (var (scheme, service) in Schemes)
            {
                if (colon < 0 ? service.IsShort(location) : location.AsSpan(0, colon).Equals(scheme, StringComparison.OrdinalIgnoreCase))
                {
                    return service.Open(colon < 0 ? $"{scheme}://{location}" : location);
                }
            }

            throw new DrException(
                DrError.BadUsage,
                $"\"{location}\" names no key of a key management service that is known here.",
                Schemes.Count == 0 ? "Use a passphrase or a key file." : $"Write it like {string.Join(" or ", Schemes.Keys.Select(s => s + "://…"))}.");
        }
    }
}
