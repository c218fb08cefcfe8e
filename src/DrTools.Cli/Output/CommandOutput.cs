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
    private readonly TextWriter _out = Console.Out;
    private readonly TextWriter _error = Console.Error;

    public bool IsJson => json;

    public Palette Palette { get; } = Palette.For(json || Console.IsOutputRedirected);

    /// <summary>Prints what was asked for.</summary>
    public void Result<T>(T document, JsonTypeInfo<T> type, Action<TextWriter> text)
    {
        if (json)
        {
            JsonOutput.WriteDocument(document, type);
        }
        else
        {
            text(_out);
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
            text(_out);
        }
    }

    /// <summary>Prints something that is wrong but ends nothing.</summary>
    public void Warn(string message)
    {
        if (json)
        {
            JsonOutput.WriteLine(_error, new WarningDocument(new WarningInfo(message)), CliJson.Lines.WarningDocument);
        }
        else
        {
            _error.WriteLine("drtools: " + message);
        }
    }

    /// <summary>Tells a step, with <c>--verbose</c>.</summary>
    public void Step(string message)
    {
        if (verbose && !json)
        {
            _error.WriteLine(message);
        }
    }

    /// <summary>Prints the stack trace of a failure, with <c>--verbose</c>.</summary>
    public void Trace(Exception failure) => Step(failure.ToString());

    /// <summary>Prints an error.</summary>
    public void Error(ErrorReport report)
    {
        if (json)
        {
            JsonOutput.WriteLine(_error, new ErrorDocument(ErrorInfo.Of(report)), CliJson.Lines.ErrorDocument);
            return;
        }

        _error.WriteLine($"drtools: {(report.Source is null ? string.Empty : report.Source + ": ")}{report.Message} [{report.Id}]");
        if (report.Remedy is not null)
        {
            _error.WriteLine("  remedy: " + report.Remedy);
        }
    }

    /// <summary>Shows progress where someone watches; otherwise nothing.</summary>
    public ProgressLine StartProgress(string label) => new(_error, label, visible: !json && !quiet && !Console.IsErrorRedirected);
}
