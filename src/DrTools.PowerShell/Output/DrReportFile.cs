using DrTools.Reports;

namespace DrTools.PowerShell;

/// <summary>A report that was written.</summary>
public sealed class DrReportFile
{
    private DrReportFile(Report report, string path, ReportFormat format) => (Report, Path, Format) = (report, path, format);

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>What it is written as.</summary>
    public ReportFormat Format { get; }

    /// <summary>Everything that is in it.</summary>
    public Report Report { get; }

    /// <summary>What it is about.</summary>
    public ReportScope Scope => Report.Basis.Scope;

    /// <summary>From when on, UTC.</summary>
    public DateTimeOffset From => Report.Basis.From;

    /// <summary>Until when, UTC.</summary>
    public DateTimeOffset To => Report.Basis.To;

    /// <summary>What cannot wait.</summary>
    public int Critical => Report.Figures.Findings.Count(f => f.Severity == FindingSeverity.Critical);

    /// <summary>What is to be looked at.</summary>
    public int Warnings => Report.Figures.Findings.Count(f => f.Severity == FindingSeverity.Warning);

    /// <summary>What a reader has to do, the most pressing first.</summary>
    public IReadOnlyList<ReportFinding> Findings => Report.Figures.Findings;

    internal static DrReportFile Of(Report report, string path, ReportFormat format) => new(report, path, format);

    /// <summary>Its path.</summary>
    public override string ToString() => Path;
}
