using System.Text;
using System.Text.Json;
using DrTools.Reports.Layout;

namespace DrTools.Reports;

/// <summary>A report that was read from a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">What it is written as.</param>
/// <param name="Report">The report in it.</param>
/// <param name="Text">The whole file.</param>
internal sealed record ReadReport(string Path, ReportFormat Format, Report Report, string Text);

/// <summary>Finds the report in a file.</summary>
internal static class ReportReader
{
    /// <summary>No report is near so large; what is larger is none.</summary>
    private const long MaximumLength = 256L << 20;

    /// <exception cref="DrException"><see cref="DrError.ReportInvalid"/>: it is no report, or the report in it cannot be read.</exception>
    public static ReadReport Read(string path)
    {
        string text;
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaximumLength)
            {
                throw Invalid(path, $"it has {Figures.Bytes(info.Length)}");
            }

            text = File.ReadAllText(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.ReportInvalid, $"The report {path} cannot be read: {e.Message}", "Name a file that drtools report or Export-DrReport has written.", e) { Subject = path };
        }

        var (format, json) = Find(path, text);
        try
        {
            var report = JsonSerializer.Deserialize(json, ReportJson.Default.Report) ?? throw Invalid(path, "it is empty");
            return report switch
            {
                { Format: not Report.FormatName } => throw Invalid(path, $"it says that it is '{report.Format}'"),
                { Version: > Report.NewestVersion } => throw new DrException(DrError.ReportInvalid, $"The report {path} has version {report.Version}, and this program knows {Report.NewestVersion} at the most.", "Use the newer program that has written it.") { Subject = path },
                _ => new ReadReport(path, format, report, text),
            };
        }
        catch (JsonException e)
        {
            throw Invalid(path, $"the report in it is damaged: {e.Message}", e);
        }
    }

    private static (ReportFormat Format, string Json) Find(string path, string text)
    {
        if (text.TrimStart().StartsWith('{'))
        {
            return (ReportFormat.Json, text);
        }

        foreach (var (format, begin, end) in new[] { (ReportFormat.Html, $"<template id=\"{ReportLayout.DataId}\">", "</template>"), (ReportFormat.Markdown, $"<!-- {ReportLayout.DataId}\n", "\n-->") })
        {
            // The data comes last: a name in the text that looks like it is escaped, and would come before.
            if (text.LastIndexOf(begin, StringComparison.Ordinal) is var from and >= 0 && text.IndexOf(end, from, StringComparison.Ordinal) is var to and >= 0)
            {
                return (format, text[(from + begin.Length)..to]);
            }
        }

        throw Invalid(path, "there is no report in it that could be checked");
    }

    private static DrException Invalid(string path, string why, Exception? cause = null) =>
        new(DrError.ReportInvalid, $"{path} is no report of DrTools: {why}.", "Name a file that drtools report or Export-DrReport has written as HTML, Markdown or JSON.", cause) { Subject = path };
}
