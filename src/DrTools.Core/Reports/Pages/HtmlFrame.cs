using System.Reflection;

namespace DrTools.Reports.Pages;

/// <summary>
/// What every HTML page has around it: one file that needs nothing else. Styles and pictures are inline, there is no script, and
/// nothing is fetched (the page itself forbids both). It follows the reader's light or dark mode and can be printed.
/// </summary>
public static class HtmlFrame
{
    /// <summary>Writes everything up to what stands on the page.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="title">Title of the window, as plain text.</param>
    /// <param name="language">Its language (BCP 47).</param>
    public static void WriteHead(TextWriter writer, string title, string language = "en")
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write($"<!DOCTYPE html>\n<html lang=\"{HtmlText.Escape(language)}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        writer.Write("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        writer.Write($"<title>{HtmlText.Escape(title)}</title>\n<style>\n{Style()}</style></head><body><main>\n");
    }

    /// <summary>Writes everything after what stands on the page.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="data">What programs are to find in it; a browser neither shows nor runs it.</param>
    public static void WriteEnd(TextWriter writer, PageData? data = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write("</main>");
        if (data is not null)
        {
            writer.Write($"\n<template id=\"{HtmlText.Escape(data.Id)}\">{data.Json}</template>\n");
        }

        writer.Write("</body></html>\n");
    }

    private static string Style()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("DrTools.Reports.report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
