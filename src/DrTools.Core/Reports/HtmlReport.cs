using System.Globalization;
using System.Reflection;
using DrTools.Demo;

namespace DrTools.Reports;

/// <summary>
/// Writes a result as one HTML file that needs nothing else: styles and pictures are inline, there is no script, and
/// nothing is fetched. It follows the reader's light or dark mode and can be printed.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the report of a demo.</summary>
    public static void Write(DemoResult result, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(writer);
        new DemoReport(result, writer, Style()).Write();
    }

    private static string Style()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("DrTools.Reports.report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
