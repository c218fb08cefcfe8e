using DrTools.Sources.Files;
using DrTools.Sources.Sqlite;

namespace DrTools.Sources;

/// <summary>What of a source is read, as far as it applies to its kind.</summary>
public sealed record SourceOptions
{
    /// <summary>Patterns of what is left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether other file systems mounted below are left out.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>What only the provider of the source knows (its <see cref="ProviderOptions"/>); those of another provider
    /// do not apply.</summary>
    public ProviderOptions? Provider { get; init; }
}

/// <summary>Options of one provider, as a type of its own.</summary>
public abstract record ProviderOptions;

/// <summary>Turns <c>scheme:location</c> into sources. Providers add their schemes; Core knows files and SQLite.</summary>
public static class SourceRegistry
{
    private static readonly Dictionary<string, Func<string, SourceOptions, ISource>> Schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["sqlite"] = (location, _) => new SqliteSource(location),
        ["files"] = (location, options) => new FilesSource(
            location,
            new FilesSourceOptions { Exclude = options.Exclude, OneFileSystem = options.OneFileSystem }),
    };

    private static readonly Dictionary<string, Func<IReadOnlyList<string>>> Finders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The schemes that are known, in ordinal order.</summary>
    public static IReadOnlyList<string> KnownSchemes
    {
        get
        {
            lock (Schemes)
            {
                return [.. Schemes.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Adds a scheme.</summary>
    public static void Register(string scheme, Func<string, SourceOptions, ISource> create)
    {
        lock (Schemes)
        {
            Schemes[scheme] = create;
        }
    }

    /// <summary>Adds a way to find sources that are on this host.</summary>
    /// <param name="scheme">The scheme of what it finds; another of the scheme takes its place.</param>
    /// <param name="find">Finds them; quick, and quiet where there is nothing.</param>
    public static void RegisterFinder(string scheme, Func<IReadOnlyList<string>> find)
    {
        lock (Schemes)
        {
            Finders[scheme] = find;
        }
    }

    /// <summary>Sources that are found on this host and answer: database servers, for example.</summary>
    public static IReadOnlyList<string> FindOnThisHost()
    {
        List<Func<IReadOnlyList<string>>> finders;
        lock (Schemes)
        {
            finders = [.. Finders.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value)];
        }

        return [.. finders.SelectMany(f => f())];
    }

    /// <summary>Parses a source.</summary>
    /// <param name="text">For example <c>files:/etc</c> or <c>sqlite:./shop.db</c>.</param>
    /// <param name="options">What of it is read.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/>.</exception>
    public static ISource Parse(string text, SourceOptions? options = null)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        Func<string, SourceOptions, ISource>? create = null;
        if (colon > 0 && colon < text.Length - 1)
        {
            lock (Schemes)
            {
                Schemes.TryGetValue(text[..colon], out create);
            }
        }

        return create?.Invoke(text[(colon + 1)..], options ?? new SourceOptions()) ?? throw new DrException(
            DrError.SourceUnknown,
            $"'{text}' is not a source.",
            $"Write scheme:location with one of the schemes {string.Join(", ", KnownSchemes)}, for example files:/etc.");
    }
}
