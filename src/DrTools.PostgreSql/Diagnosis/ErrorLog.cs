using System.Text;
using System.Text.RegularExpressions;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>The last part of a server's log: how often it went wrong, and whether anything points to damage.</summary>
/// <param name="Errors">Lines of severity ERROR.</param>
/// <param name="Fatals">Lines of severity FATAL.</param>
/// <param name="Panics">Lines of severity PANIC.</param>
/// <param name="LastError">The last ERROR or FATAL.</param>
/// <param name="LastPanic">The last PANIC.</param>
/// <param name="Damage">Lines that tell of damaged files or failing disks.</param>
/// <remarks>Severities are English unless <c>lc_messages</c> says otherwise; other languages are not counted.</remarks>
internal sealed partial record ErrorLog(int Errors, int Fatals, int Panics, string? LastError, string? LastPanic, IReadOnlyList<string> Damage)
{
    private const int Length = 1 << 20;
    private const int LineLength = 300;

    /// <summary>Reads the last megabyte of a log.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ErrorLog Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var isWhole = stream.Length <= Length;
        stream.Position = Math.Max(0, stream.Length - Length);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        if (!isWhole)
        {
            reader.ReadLine();
        }

        return Parse(reader);
    }

    /// <summary>Reads lines of a log.</summary>
    internal static ErrorLog Parse(TextReader lines)
    {
        var log = new ErrorLog(0, 0, 0, null, null, []);
        var damage = new List<string>();
        while (lines.ReadLine() is { } line)
        {
            if (Severity().Match(line) is not { Success: true } match)
            {
                continue;
            }

            var text = line.Length > LineLength ? line[..LineLength] + "…" : line;
            log = match.Groups["severity"].Value switch
            {
                "ERROR" => log with { Errors = log.Errors + 1, LastError = text },
                "FATAL" => log with { Fatals = log.Fatals + 1, LastError = text },
                "PANIC" => log with { Panics = log.Panics + 1, LastPanic = text },
                _ => log,
            };
            if (DamageSign().IsMatch(line))
            {
                damage.Add(text);
            }
        }

        return log with { Damage = damage };
    }

    [GeneratedRegex(@"(?:^|\s|\])(?<severity>WARNING|ERROR|FATAL|PANIC|LOG):  ", RegexOptions.ExplicitCapture)]
    private static partial Regex Severity();

    [GeneratedRegex("invalid page in block|page verification failed|could not read block|could not (?:read|write|fsync) file .*(?:Input/output error|No space left)|No space left on device|could not write to file .*: No space|incorrect checksum in control file|heap tuple .* out of range|unexpected zero page|index .* contains corrupted page")]
    private static partial Regex DamageSign();
}
