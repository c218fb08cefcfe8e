using System.Globalization;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Where a store in S3 is: <c>s3://bucket/prefix?region=eu-central-1&amp;storage-class=STANDARD_IA</c>. Secrets are no
/// part of it; they come from where the AWS SDK looks for them.</summary>
internal sealed record S3Location
{
    public const string Scheme = "s3";

    private const string Remedy = "Write s3://bucket/prefix, followed by options where they are needed (?region=eu-central-1&profile=backup).";

    private static readonly string[] Names =
    [
        "region", "endpoint", "path-style", "profile", "role", "storage-class", "sse", "sse-kms-key", "timeout", "retry-for", "as-of",
    ];

    /// <summary>As the user gave it.</summary>
    public required string Text { get; init; }

    public required string Bucket { get; init; }

    /// <summary>What the names of all objects start with: empty, or ending in <c>/</c>.</summary>
    public required string Prefix { get; init; }

    public string? Region { get; private init; }

    /// <summary>Base address of another server than Amazon's, without path.</summary>
    public string? Endpoint { get; private init; }

    /// <summary>Whether the bucket is named in the path; by default where the endpoint is not Amazon's.</summary>
    public bool? PathStyle { get; private init; }

    public string? Profile { get; private init; }

    /// <summary>ARN of the role that is assumed.</summary>
    public string? Role { get; private init; }

    public string? StorageClass { get; private init; }

    /// <summary><c>AES256</c>, <c>aws:kms</c> or <c>aws:kms:dsse</c>.</summary>
    public string? Encryption { get; private init; }

    /// <summary>Id, alias or ARN of the KMS key.</summary>
    public string? KmsKey { get; private init; }

    /// <summary>How long a request may stand still.</summary>
    public TimeSpan? Timeout { get; private init; }

    /// <summary>How long requests that fail are repeated.</summary>
    public TimeSpan? RetryFor { get; private init; }

    /// <summary>The moment that the bucket is to be seen as it was at; <see langword="null"/> for the present.</summary>
    public DateTimeOffset? AsOf { get; private init; }

    /// <summary>Whether a server other than Amazon's is meant, as far as the location tells.</summary>
    public bool HasEndpoint => Endpoint is not null;

    /// <summary>Reads a location.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static S3Location Parse(string text)
    {
        const string start = Scheme + "://";
        if (!text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
        {
            throw Bad($"\"{text}\" is no location in S3.");
        }

        var question = text.IndexOf('?', StringComparison.Ordinal);
        var place = question < 0 ? text[start.Length..] : text[start.Length..question];
        if (place.Contains('@', StringComparison.Ordinal))
        {
            throw NoSecrets();
        }

        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? place : place[..slash];
        RequireBucket(bucket);
        var location = new S3Location { Text = text, Bucket = bucket, Prefix = slash < 0 ? string.Empty : PrefixOf(place[(slash + 1)..]) };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in question < 0 ? [] : text[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = option.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? option : option[..equals];
            if (!seen.Add(name))
            {
                throw Bad($"The location names the option {name} twice.");
            }

            location = location.With(name, equals < 0 ? string.Empty : Uri.UnescapeDataString(option[(equals + 1)..]));
        }

        if (location.KmsKey is not null && location.Encryption is null or "AES256")
        {
            throw Bad("A key of KMS (sse-kms-key) is of use only with sse=aws:kms or sse=aws:kms:dsse.");
        }

        return location;
    }

    private S3Location With(string name, string value)
    {
        if (name is "access-key" or "secret-key" or "secret" or "password" or "token" or "session-token" or "key")
        {
            throw NoSecrets();
        }

        if (!Names.Contains(name))
        {
            throw new DrException(
                DrError.BadUsage,
                $"A location in S3 has no option \"{name}\"{Suggestion(name)}.",
                $"The options are {string.Join(", ", Names[..^1])} and {Names[^1]}.");
        }

        if (value.Length == 0)
        {
            throw Bad($"The option {name} of the location has no value.");
        }

        return name switch
        {
            "region" => this with { Region = value },
            "endpoint" => this with { Endpoint = EndpointOf(value) },
            "path-style" => this with { PathStyle = value switch { "true" => true, "false" => false, _ => throw Bad($"path-style is true or false, not \"{value}\".") } },
            "profile" => this with { Profile = value },
            "role" => this with { Role = value.StartsWith("arn:", StringComparison.Ordinal) ? value : throw Bad($"A role is named by its ARN (arn:aws:iam::123456789012:role/backup), not \"{value}\".") },
            "storage-class" => this with { StorageClass = value.ToUpperInvariant() },
            "sse" => this with { Encryption = value is "AES256" or "aws:kms" or "aws:kms:dsse" ? value : throw Bad($"sse is AES256, aws:kms or aws:kms:dsse, not \"{value}\".") },
            "sse-kms-key" => this with { KmsKey = value },
            "as-of" => this with { AsOf = MomentOf(value) },
            "timeout" => this with { Timeout = DurationOf(name, value) },
            _ => this with { RetryFor = DurationOf(name, value) },
        };
    }

    private static DateTimeOffset MomentOf(string value) =>
        DateTimeOffset.TryParseExact(value, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            && (value.EndsWith('Z') || value.LastIndexOfAny(['+', '-']) > "yyyy-MM-dd".Length)
            ? moment
            : throw Bad($"as-of is a moment with its zone (2026-11-20T03:00:00Z, 2026-11-20T12:00:00%2B09:00), not \"{value}\".");

    private static TimeSpan DurationOf(string name, string value)
    {
        var number = value.EndsWith('s') ? value[..^1] : value;
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw Bad($"{name} is a number of seconds up to 3600, not \"{value}\".");
    }

    private static string EndpointOf(string value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            throw Bad($"The endpoint \"{value}\" is no address of a server: it must start with http:// or https://.");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw NoSecrets();
        }

        return uri.PathAndQuery.Length > 1
            ? throw Bad($"The endpoint \"{value}\" must be a server alone, without a path; the bucket comes first in the location.")
            : uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>The rules of "Bucket naming rules" in the Amazon S3 User Guide that every server shares.</summary>
    private static void RequireBucket(string bucket)
    {
        var isGood = bucket.Length is >= 3 and <= 63
            && bucket.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            && char.IsAsciiLetterOrDigit(bucket[0]) && char.IsAsciiLetterOrDigit(bucket[^1]);
        if (!isGood)
        {
            throw Bad(bucket.Length == 0
                ? "The location names no bucket."
                : $"\"{bucket}\" cannot be a bucket: its name has 3 to 63 small letters, digits, hyphens and dots.");
        }
    }

    private static string PrefixOf(string path)
    {
        path = path.TrimEnd('/');
        if (path.Length == 0)
        {
            return string.Empty;
        }

        foreach (var range in path.AsSpan().Split('/'))
        {
            if (!ObjectName.IsSegment(path.AsSpan(range)))
            {
                throw Bad($"The prefix \"{path}\" is not made of letters, digits, '.', '_' and '-' in segments divided by '/'.");
            }
        }

        return path + "/";
    }

    private static string Suggestion(string name)
    {
        var near = Names.Where(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase) || name.StartsWith(n, StringComparison.OrdinalIgnoreCase)
            || string.Equals(n.Replace("-", string.Empty, StringComparison.Ordinal), name.Replace("_", string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)
            || Distance(n, name) <= 2).ToList();
        return near.Count == 0 ? string.Empty : $"; \"{near[0]}\" may be meant";
    }

    /// <summary>Number of letters to add, drop or change (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }

    private static DrException Bad(string message) => new(DrError.BadUsage, message, Remedy);

    private static DrException NoSecrets() => new(
        DrError.BadUsage,
        "Credentials do not belong in a location, which is shown, recorded and passed on.",
        "Set them in the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), in a profile (?profile=NAME), or give the machine a role.");
}
