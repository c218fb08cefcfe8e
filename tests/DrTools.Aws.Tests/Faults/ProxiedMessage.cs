using System.Globalization;

namespace DrTools.Aws.Tests.Faults;

/// <summary>A message of HTTP/1.1: its first line and headers, and its content.</summary>
public sealed class ProxiedMessage(string head, byte[] content)
{
    public string Head { get; } = head;

    public byte[] Content { get; } = content;

    public string FirstLine => Head[..Head.IndexOf('\r', StringComparison.Ordinal)];

    public string Method => FirstLine.Split(' ')[0];

    public string Target => FirstLine.Split(' ')[1];

    public int Status => int.Parse(FirstLine.Split(' ')[1], CultureInfo.InvariantCulture);

    public bool IsListing => Method == "GET" && Target.Contains("list-type=2", StringComparison.Ordinal);

    public bool IsWrite => Method is "PUT" or "POST" or "DELETE";

    /// <summary>Whether it carries or asks for the content of an object.</summary>
    public bool IsContent => Method is "PUT" or "GET" && !Target.Contains("list-type", StringComparison.Ordinal) && !Target.Contains("uploads", StringComparison.Ordinal);

    public string? Header(string name) => HeaderOf(Head, name);

    public static string? HeaderOf(string head, string name) => head.Split("\r\n").Skip(1)
        .Where(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(l => l[(name.Length + 1)..].Trim())
        .FirstOrDefault();

    /// <summary>The head without a header.</summary>
    public string Without(string name) => string.Join("\r\n", Head.Split("\r\n").Where((l, i) => i == 0 || !l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)));
}
