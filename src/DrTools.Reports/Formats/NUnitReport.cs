using System.Globalization;
using System.Text;
using System.Xml;
using DrTools.Drills;

namespace DrTools.Reports;

/// <summary>Drills as NUnit 3 XML, which the tools around Pester read. What could not run has failed, unless it is optional.</summary>
/// <remarks><see href="https://docs.nunit.org/articles/nunit/technical-notes/usage/Test-Result-XML-Format.html">Test result XML
/// format of NUnit 3</see>.</remarks>
public static class NUnitReport
{
    /// <summary>Writes drills to a stream.</summary>
    public static void Write(Stream stream, IReadOnlyList<DrillResult> drills)
    {
        ArgumentNullException.ThrowIfNull(drills);
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) });
        xml.WriteStartElement("test-run");
        Attribute(xml, "id", "0");
        Attribute(xml, "name", "DrTools drills");
        Counts(xml, [.. drills.SelectMany(d => d.Checks)], drills.Min(d => d.Started), drills.Max(d => d.Finished), drills.Sum(d => d.Duration.TotalSeconds), drills.All(d => d.Passed));
        foreach (var (drill, i) in drills.Select((d, i) => (d, i + 1)))
        {
            WriteSuite(xml, drill, i);
        }

        xml.WriteEndElement();
    }

    private static void WriteSuite(XmlWriter xml, DrillResult drill, int number)
    {
        var name = $"{DrillScope.Word(drill.Scenario)} of {drill.Service}";
        xml.WriteStartElement("test-suite");
        Attribute(xml, "type", "TestFixture");
        Attribute(xml, "id", $"{number}-0");
        Attribute(xml, "name", name);
        Attribute(xml, "fullname", $"{drill.Plan}.{name}");
        Attribute(xml, "runstate", "Runnable");
        Counts(xml, drill.Checks, drill.Started, drill.Finished, drill.Duration.TotalSeconds, drill.Passed);
        xml.WriteStartElement("properties");
        Property(xml, "DrillId", drill.Id);
        Property(xml, "RtoSeconds", drill.MeasuredRto is { } rto ? Seconds(rto.TotalSeconds) : "not measured");
        Property(xml, "RtoObjectiveSeconds", Seconds(drill.Objectives.Rto.TotalSeconds));
        Property(xml, "RpoSeconds", drill.MeasuredRpo is { } rpo ? Seconds(rpo.TotalSeconds) : "not measured");
        Property(xml, "RpoObjectiveSeconds", Seconds(drill.Objectives.Rpo.TotalSeconds));
        xml.WriteEndElement();
        foreach (var (check, i) in drill.Checks.Select((c, i) => (c, i + 1)))
        {
            WriteCase(xml, name, check, $"{number}-{i}");
        }

        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, string suite, DrillCheck check, string id)
    {
        var name = check.Source is null ? check.Name : $"{check.Name} ({check.Source})";
        xml.WriteStartElement("test-case");
        Attribute(xml, "id", id);
        Attribute(xml, "name", name);
        Attribute(xml, "fullname", $"{suite}.{check.Kind}.{name}");
        Attribute(xml, "classname", $"{suite}.{check.Kind}");
        Attribute(xml, "runstate", "Runnable");
        Attribute(xml, "result", ResultOf(check));
        if (check is { Outcome: DrillOutcome.NotRun, IsOptional: false })
        {
            Attribute(xml, "label", "Error");
        }

        Attribute(xml, "duration", Seconds(check.Duration.TotalSeconds));
        Attribute(xml, "asserts", check.Outcome == DrillOutcome.NotRun ? "0" : "1");
        if (check.IsInTheWay)
        {
            xml.WriteStartElement("failure");
            Message(xml, "message", check.Detail);
            xml.WriteEndElement();
        }
        else if (check.Outcome == DrillOutcome.NotRun)
        {
            xml.WriteStartElement("reason");
            Message(xml, "message", check.Detail);
            xml.WriteEndElement();
        }
        else
        {
            Message(xml, "output", check.Detail);
        }

        xml.WriteEndElement();
    }

    private static string ResultOf(DrillCheck check) => check.IsInTheWay ? "Failed" : check.Outcome == DrillOutcome.NotRun ? "Skipped" : "Passed";

    private static void Counts(XmlWriter xml, IReadOnlyList<DrillCheck> checks, DateTimeOffset started, DateTimeOffset finished, double seconds, bool passed)
    {
        Attribute(xml, "testcasecount", Number(checks.Count));
        Attribute(xml, "result", passed ? "Passed" : "Failed");
        Attribute(xml, "total", Number(checks.Count));
        Attribute(xml, "passed", Number(checks.Count(c => c.Outcome == DrillOutcome.Passed)));
        Attribute(xml, "failed", Number(checks.Count(c => c.IsInTheWay)));
        Attribute(xml, "inconclusive", "0");
        Attribute(xml, "skipped", Number(checks.Count(c => c.Outcome == DrillOutcome.NotRun && c.IsOptional)));
        Attribute(xml, "asserts", Number(checks.Count(c => c.Outcome != DrillOutcome.NotRun)));
        Attribute(xml, "start-time", Time(started));
        Attribute(xml, "end-time", Time(finished));
        Attribute(xml, "duration", Seconds(seconds));
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        Attribute(xml, "name", name);
        Attribute(xml, "value", value);
        xml.WriteEndElement();
    }

    private static void Message(XmlWriter xml, string element, string text)
    {
        xml.WriteStartElement(element);
        xml.WriteCData(Clean(text).Replace("]]>", "]] >", StringComparison.Ordinal));
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, Clean(value));

    /// <summary>XML has no way to write most control characters, and file names may hold them.</summary>
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(r =>
        r.Value is '\t' or '\n' or '\r' or (>= 0x20 and not (0xFFFE or 0xFFFF)) ? r.ToString() : FormattableString.Invariant($"\\u{r.Value:X4}")));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
