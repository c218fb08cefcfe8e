using DrTools.Demo;

namespace DrTools.Reports;

/// <summary>Writes results as HTML; see <see cref="Pages.HtmlFrame"/>.</summary>
public static class HtmlReport
{
    /// <summary>Writes the report of a demo.</summary>
    public static void Write(DemoResult result, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(writer);
        new DemoReport(result, writer).Write();
    }
}
