using System.Globalization;
using System.Xml;

namespace DrTools.Drills.Reports;

/// <summary>Drills as JUnit XML, so that a continuous integration shows each check as a test. What could not run is an error, not a
/// skipped test: it has not passed.</summary>
/// <remarks>The dialect that Jenkins, GitLab and GitHub's reporters read
/// (<see href="https://github.com/testmoapp/junitxml">testmoapp/junitxml</see>).</remarks>
public static class JUnitReport
{
    /// <summary>Writes a file anew.</summary>
    /// <exception cref="DrException"><see cref="DrError.TargetFailure"/> when it cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<DrillResult> drills)
    {
        try
        {
            using var file = File.Create(path);
            Write(file, drills);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"The report {path} cannot be written: {e.Message}", "Name another file.", e) { Subject = path };
        }
    }

    /// <summary>Writes to a stream.</summary>
    public static void Write(Stream stream, IReadOnlyList<DrillResult> drills)
    {
        ArgumentNullException.ThrowIfNull(drills);
        using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, Encoding = new System.Text.UTF8Encoding(false) });
        xml.WriteStartElement("testsuites");
        WriteCounts(xml, [.. drills.SelectMany(d => d.Checks)], TimeSpan.FromTicks(drills.Sum(d => d.Duration.Ticks)));
        foreach (var drill in drills)
        {
            WriteSuite(xml, drill);
        }

        xml.WriteEndElement();
    }

    private static void WriteSuite(XmlWriter xml, DrillResult drill)
    {
        var name = $"{DrillScope.Word(drill.Scenario)} of {drill.Service}";
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", name);
        Attribute(xml, "id", drill.Id);
        Attribute(xml, "timestamp", drill.Started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Attribute(xml, "hostname", drill.Host);
        WriteCounts(xml, drill.Checks, drill.Duration);
        xml.WriteStartElement("properties");
        Property(xml, "level", drill.Level.ToString());
        Property(xml, "rtoSeconds", drill.MeasuredRto is { } rto ? Seconds(rto) : "not measured");
        Property(xml, "rtoObjectiveSeconds", Seconds(drill.Objectives.Rto));
        Property(xml, "rpoSeconds", drill.MeasuredRpo is { } rpo ? Seconds(rpo) : "not measured");
        Property(xml, "rpoObjectiveSeconds", Seconds(drill.Objectives.Rpo));
        xml.WriteEndElement();
        foreach (var check in drill.Checks)
        {
            WriteCase(xml, name, check);
        }

        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, string suite, DrillCheck check)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", $"{suite}.{check.Kind}");
        Attribute(xml, "name", check.Source is null ? check.Name : $"{check.Name} ({check.Source})");
        Attribute(xml, "time", Seconds(check.Duration));
        var problem = check switch
        {
            { Outcome: DrillOutcome.Failed } => "failure",
            { Outcome: DrillOutcome.NotRun, IsOptional: true } => "skipped",
            { Outcome: DrillOutcome.NotRun } => "error",
            _ => null,
        };
        if (problem is null)
        {
            xml.WriteElementString("system-out", Clean(check.Detail));
        }
        else
        {
            xml.WriteStartElement(problem);
            Attribute(xml, "message", check.Detail);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteCounts(XmlWriter xml, IReadOnlyList<DrillCheck> checks, TimeSpan duration)
    {
        Attribute(xml, "tests", checks.Count.ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "failures", checks.Count(c => c.Outcome == DrillOutcome.Failed).ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "errors", checks.Count(c => c is { Outcome: DrillOutcome.NotRun, IsOptional: false }).ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "skipped", checks.Count(c => c is { Outcome: DrillOutcome.NotRun, IsOptional: true }).ToString(CultureInfo.InvariantCulture));
        Attribute(xml, "time", Seconds(duration));
    }

    private static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        Attribute(xml, "name", name);
        Attribute(xml, "value", value);
        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, Clean(value));

    private static string Seconds(TimeSpan duration) => duration.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>What XML cannot hold: messages quote files and servers.</summary>
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(r => r.IsBmp && !XmlConvert.IsXmlChar((char)r.Value) ? "\uFFFD" : r.ToString()));
}
