using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DrTools.Aws.Kms;

/// <summary>Which key of AWS KMS: <c>aws-kms://alias/backup?region=eu-central-1&amp;context.app=shop</c>, or its ARN or id in the
/// place of the alias. Secrets are no part of it; they come from where the AWS SDK looks for them.</summary>
internal sealed partial record KmsLocation
{
    public const string Scheme = "aws-kms";

    /// <summary>The pair of the encryption context that every wrapped key has: the repository's id.</summary>
    public const string RepositoryContext = "drtools-repository";

    private const string ContextOption = "context.";
    private const int MaximumContextLength = 4096;
    private const string Remedy = "Write aws-kms://alias/NAME or aws-kms://ARN, followed by options where they are needed (?region=eu-central-1&context.app=shop).";

    private static readonly string[] Names = ["region", "endpoint", "profile", "role", "timeout"];

    /// <summary>Alias (<c>alias/backup</c>), ARN or id of the key.</summary>
    public required string Key { get; init; }

    public string? Region { get; private init; }

    /// <summary>Base address of another server than Amazon's, without path.</summary>
    public string? Endpoint { get; private init; }

    public string? Profile { get; private init; }

    /// <summary>ARN of the role that is assumed.</summary>
    public string? Role { get; private init; }

    /// <summary>How long an attempt may take.</summary>
    public TimeSpan? Timeout { get; private init; }

    /// <summary>The user's own pairs of the encryption context, in the order of their names.</summary>
    public SortedDictionary<string, string> Context { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Whether a text without a scheme is a key of KMS.</summary>
    public static bool IsShort(string text) => text.StartsWith("alias/", StringComparison.Ordinal) || text.StartsWith("arn:", StringComparison.Ordinal);

    /// <summary>Reads a location.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static KmsLocation Parse(string text)
    {
        const string start = Scheme + "://";
        if (!text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
        {
            throw Bad($"\"{text}\" is no key of AWS KMS.");
        }

        var question = text.IndexOf('?', StringComparison.Ordinal);
        var key = question < 0 ? text[start.Length..] : text[start.Length..question];
        if (!KeyName().IsMatch(key))
        {
            throw Bad($"\"{key}\" is no key of AWS KMS: it must be an alias (alias/backup), an ARN (arn:aws:kms:eu-central-1:111122223333:key/…) or the id of a key.");
        }

        var location = new KmsLocation { Key = key, Region = key.StartsWith("arn:", StringComparison.Ordinal) ? key.Split(':')[3] : null };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in question < 0 ? [] : text[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? option : Uri.UnescapeDataString(option[..equals]);
            if (!seen.Add(name))
            {
                throw Bad($"The key's location names the option {name} twice.");
            }

            location = location.With(name, equals < 0 ? string.Empty : Uri.UnescapeDataString(option[(equals + 1)..]));
        }

        return location.Context.Sum(p => p.Key.Length + p.Value.Length) <= MaximumContextLength
            ? location
            : throw Bad($"The encryption context is longer than {MaximumContextLength} characters.");
    }

    /// <summary>The location to be recorded in a repository: of the key by its ARN, without what is this host's own matter.</summary>
    /// <param name="arn">The ARN of the key, as KMS tells it.</param>
    public string Recorded(string arn)
    {
        var text = new StringBuilder(Scheme).Append("://").Append(arn);
        var separator = '?';
        if (Endpoint is not null)
        {
            Append("endpoint", Endpoint);
        }

        foreach (var (name, value) in Context)
        {
            Append(ContextOption + Uri.EscapeDataString(name), Uri.EscapeDataString(value));
        }

        return text.ToString();

        void Append(string name, string value)
        {
            text.Append(separator).Append(name).Append('=').Append(value);
            separator = '&';
        }
    }

    private KmsLocation With(string name, string value)
    {
        if (name is "access-key" or "secret-key" or "secret" or "password" or "token" or "session-token" or "key")
        {
            throw NoSecrets();
        }

        if (value.Length == 0)
        {
            throw Bad($"The option {name} of the key's location has no value.");
        }

        if (name.StartsWith(ContextOption, StringComparison.Ordinal))
        {
            var pair = name[ContextOption.Length..];
            return pair.Length == 0 || pair == RepositoryContext || pair.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)
                ? throw Bad($"The encryption context cannot have a pair named \"{pair}\": {(pair.Length == 0 ? "it needs a name" : "that name is taken")}.")
                : this with { Context = new SortedDictionary<string, string>(Context, StringComparer.Ordinal) { [pair] = value } };
        }

        return name switch
        {
            "region" when Region is not null && Region != value => throw Bad($"The key {Key} is in the region {Region}, not in {value}."),
            "region" => this with { Region = value },
            "endpoint" => this with { Endpoint = EndpointOf(value) },
            "profile" => this with { Profile = value },
            "role" => this with { Role = value.StartsWith("arn:", StringComparison.Ordinal) ? value : throw Bad($"A role is named by its ARN (arn:aws:iam::123456789012:role/backup), not \"{value}\".") },
            "timeout" => this with { Timeout = DurationOf(value) },
            _ => throw new DrException(
                DrError.BadUsage,
                $"A key of AWS KMS has no option \"{name}\".",
                $"The options are {string.Join(", ", Names)} and context.NAME for pairs of the encryption context."),
        };
    }

    private static TimeSpan DurationOf(string value) =>
        double.TryParse(value.EndsWith('s') ? value[..^1] : value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 300
            ? TimeSpan.FromSeconds(seconds)
            : throw Bad($"timeout is a number of seconds up to 300, not \"{value}\".");

    private static string EndpointOf(string value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0 || uri.PathAndQuery.Length > 1)
        {
            throw Bad($"The endpoint \"{value}\" is no address of a server: it must start with http:// or https://, and have no path.");
        }

        return uri.UserInfo.Length > 0 ? throw NoSecrets() : uri.GetLeftPart(UriPartial.Authority);
    }

    private static DrException Bad(string message) => new(DrError.BadUsage, message, Remedy);

    private static DrException NoSecrets() => new(
        DrError.BadUsage,
        "Credentials do not belong in the location of a key, which is shown, recorded and passed on.",
        "Set them in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), in a profile (?profile=NAME), or give the machine a role.");

    /// <summary>See "KeyId" of Encrypt in the AWS KMS API Reference.</summary>
    [GeneratedRegex(@"^(alias/[A-Za-z0-9/_-]{1,250}|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(alias/[A-Za-z0-9/_-]{1,250}|key/[A-Za-z0-9-]{1,64})|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$")]
    private static partial Regex KeyName();
}
