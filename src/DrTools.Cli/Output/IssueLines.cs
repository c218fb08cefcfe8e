using DrTools.Sources;

namespace DrTools.Cli.Output;

/// <summary>Names entries that are missing or not as they should be. A program finds them in the document.</summary>
internal static class IssueLines
{
    public static void Warn(CommandOutput output, IReadOnlyList<EntryIssue> issues, long count, string? conclusion)
    {
        if (output.IsJson)
        {
            return;
        }

        foreach (var issue in issues)
        {
            output.Warn($"{issue.Path}: {issue.Problem}");
        }

        if (count > issues.Count)
        {
            output.Warn($"… and {Figures.Count(count - issues.Count, "more entry", "more entries")}.");
        }

        if (conclusion is not null)
        {
            output.Warn(conclusion);
        }
    }
}
