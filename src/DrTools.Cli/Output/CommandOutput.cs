using System.Text.Json.Serialization.Metadata;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;

namespace DrTools.Cli.Output;

/// <summary>
/// Where a command prints: results on stdout, everything else on stderr. With <c>--json</c>, stdout holds one document
/// or nothing, and stderr one JSON object a line.
/// </summary>
internal sealed class CommandOutput(bool json, bool quiet, bool verbose)
{
    private Palette? _palette;

    public bool IsJson => json;

    public Palette Palette => _palette ??= Palette.For(json || Console.IsOutputRedirected);

    // A console costs milliseconds, and a command that PostgreSQL starts for every segment prints nothing.
    private static TextWriter Out => Console.Out;

    private static TextWriter ErrorOut => Console.Error;

    /// <summary>Prints what was asked for.</summary>
    public void Result<T>(T document, JsonTypeInfo<T> type, Action<TextWriter> text)
    {
        if (json)
        {
            JsonOutput.WriteDocument(document, type);
        }
        else
        {
            text(Out);
        }
    }

    /// <summary>Prints how something went, which is of no interest with <c>--quiet</c>.</summary>
    public void Summary<T>(T document, JsonTypeInfo<T> type, Action<TextWriter> text) =>
        Result(document, type, quiet ? _ => { } : text);

    /// <summary>Prints text between results, when people read along.</summary>
    public void Text(bool important, Action<TextWriter> text)
    {
        if (!json && (important || !quiet))
        {
            text(Out);
        }
    }

    /// <summary>Prints something that is wrong but ends nothing.</summary>
    public void Warn(string message)
    {
        if (json)
        {
            JsonOutput.WriteLine(ErrorOut, new WarningDocument(new WarningInfo(message)), CliJson.Lines.WarningDocument);
        }
        else
        {
            ErrorOut.WriteLine("drtools: " + message);
        }
    }

    /// <summary>Tells a step, with <c>--verbose</c>.</summary>
    public void Step(string message)
    {
        if (verbose && !json)
        {
            ErrorOut.WriteLine(message);
        }
    }

    /// <summary>Prints the stack trace of a failure, with <c>--verbose</c>.</summary>
    public void Trace(Exception failure) => Step(failure.ToString());

    /// <summary>Prints an error.</summary>
    public void Error(ErrorReport report)
    {
        if (json)
        {
            JsonOutput.WriteLine(ErrorOut, new ErrorDocument(ErrorInfo.Of(report)), CliJson.Lines.ErrorDocument);
            return;
        }

        ErrorOut.WriteLine($"drtools: {(report.Source is null ? string.Empty : report.Source + ": ")}{report.Message} [{report.Id}]");
        if (report.Remedy is not null)
        {
            ErrorOut.WriteLine("  remedy: " + report.Remedy);
        }
    }

    /// <summary>Shows progress where someone watches; otherwise nothing.</summary>
    public ProgressLine StartProgress(string label) => new(ErrorOut, label, visible: !json && !quiet && !Console.IsErrorRedirected);
}
