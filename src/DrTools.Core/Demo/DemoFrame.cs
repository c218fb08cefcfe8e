using System.Data.Common;
using DrTools.Reports;

namespace DrTools.Demo;

/// <summary>What every demo has around it: a work folder, a report, and nothing else left behind.</summary>
internal static class DemoFrame
{
    /// <summary>Plays in a folder, writes the report, and removes what is not to be kept.</summary>
    /// <param name="folder">The folder, prepared.</param>
    /// <param name="keep">Whether data and repository stay.</param>
    /// <param name="space">What it takes, for the remedy (<c>some 150 MB</c>).</param>
    /// <param name="play">Plays; whatever runs has ended when it returns.</param>
    public static async Task<DemoResult> RunAsync(DemoFolder folder, bool keep, string space, Func<Task<DemoResult>> play)
    {
        try
        {
            var result = await play().ConfigureAwait(false);
            using (var report = new StreamWriter(folder.Report))
            {
                HtmlReport.Write(result, report);
            }

            if (!keep)
            {
                folder.RemoveData();
            }

            return result;
        }
        catch (Exception e)
        {
            if (!keep)
            {
                folder.RemoveAll();
            }

            if (e is IOException or UnauthorizedAccessException or DbException)
            {
                throw new DrException(
                    DrError.TargetFailure,
                    $"The demo cannot work in {folder.Path}: {e.Message}",
                    $"It needs {space} on a local file system; name another folder (--workdir).",
                    e);
            }

            throw;
        }
    }
}
