namespace DrTools.Reports;

/// <summary>What a report is written as.</summary>
public enum ReportFormat
{
    /// <summary>HTML, for people; carries the report for programs too.</summary>
    Html,

    /// <summary>Markdown, for people; carries the report for programs too.</summary>
    Markdown,

    /// <summary>JSON, for programs.</summary>
    Json,

    /// <summary>JUnit XML: the checks of drills as tests.</summary>
    Junit,

    /// <summary>NUnit 3 XML: the checks of drills as tests.</summary>
    Nunit,
}
