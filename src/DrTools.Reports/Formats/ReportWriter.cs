using System.Text;
using System.Text.Json;
using DrTools.Drills;
using DrTools.Drills.Reports;
using DrTools.Reports.Layout;
using DrTools.Reports.Pages;

namespace DrTools.Reports;

/// <summary>Writes reports as files.</summary>
public static class ReportWriter
{
    /// <summary>What the end of a file's name says; <see langword="null"/> when it says nothing.</summary>
    public static ReportFormat? FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".HTML" or ".HTM" => ReportFormat.Html,
        ".MD" or ".MARKDOWN" => ReportFormat.Markdown,
        ".JSON" => ReportFormat.Json,
        _ => null,
    };

    /// <summary>Writes a report into a file, whole or not at all.</summary>
    /// <returns>Its absolute path.</returns>
    /// <exception cref="DrException"><see cref="DrError.FileExists"/> when there is one and it is not to be replaced;
    /// <see cref="DrError.TargetFailure"/>; <see cref="DrError.BadUsage"/> when it cannot be written as that.</exception>
    public static string Write(Report report, string path, ReportFormat format, bool force) => PageFile.Write(path, Bytes(report, format), force);

    /// <summary>A report as the content of a file, UTF-8.</summary>
    public static byte[] Bytes(Report report, ReportFormat format)
    {
        ArgumentNullException.ThrowIfNull(report);
        return format switch
        {
            ReportFormat.Html or ReportFormat.Markdown => Encoding.UTF8.GetBytes(Text(report, format)),
            ReportFormat.Json => Indented(report),
            ReportFormat.Junit => Xml(report, JUnitReport.Write),
            ReportFormat.Nunit => Xml(report, NUnitReport.Write),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    /// <summary>The page of a report, as it would be written now.</summary>
    internal static string Text(Report report, ReportFormat format)
    {
        // As few bytes as possible: nobody reads it there.
        var page = ReportLayout.Of(report) with { Data = new PageData(ReportLayout.DataId, JsonSerializer.Serialize(report, ReportJson.Default.Report)) };
        using var writer = new StringWriter();
        if (format == ReportFormat.Html)
        {
            HtmlPageWriter.Write(page, writer);
        }
        else
        {
            MarkdownPageWriter.Write(page, writer);
        }

        return writer.ToString();
    }

    private static byte[] Indented(Report report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            JsonSerializer.Serialize(json, report, ReportJson.Default.Report);
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static byte[] Xml(Report report, Action<Stream, IReadOnlyList<DrillResult>> write)
    {
        using var stream = new MemoryStream();
        write(stream, report.Figures.Drill is { } drill
            ? [drill]
            : throw new DrException(DrError.BadUsage, "Only the report of a drill can be written as JUnit or NUnit XML: its checks are the tests.", "Name a drill (--drill, -DrillId), or write HTML, Markdown or JSON."));
        return stream.ToArray();
    }
}
