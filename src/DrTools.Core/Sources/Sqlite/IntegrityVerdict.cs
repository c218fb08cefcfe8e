using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Sources.Sqlite;

/// <summary>What the integrity check of a database came to.</summary>
/// <param name="IsWhole">Whether it ran and found nothing wrong.</param>
/// <param name="IsDamaged">Whether something is wrong. Neither: the check could not run.</param>
/// <param name="Text">The outcome in a line: <c>ok</c>, or the first problems.</param>
internal sealed record IntegrityVerdict(bool IsWhole, bool IsDamaged, string Text)
{
    private const int NamedProblems = 3;

    public static IntegrityVerdict Of(CopiedDatabase database)
    {
        try
        {
            return database.UnknownCollations.Count == 0
                ? Of(database.CheckIntegrity(), "")
                : Of(database.CheckQuickly(), $" (quick_check only, for want of collation {string.Join(", ", database.UnknownCollations)})");
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            // A function or module of the application's own is missing here, which says nothing about the database.
            return new IntegrityVerdict(false, false, "could not run: " + failure.Message);
        }
        catch (SqliteException failure)
        {
            return new IntegrityVerdict(false, true, failure.Message);
        }
    }

    private static IntegrityVerdict Of(List<string> problems, string remark)
    {
        if (problems is ["ok"])
        {
            return new IntegrityVerdict(true, false, "ok" + remark);
        }

        var named = string.Join("; ", problems.Take(NamedProblems).Select(problem => problem.ReplaceLineEndings(" ")));
        return new IntegrityVerdict(
            false, true, problems.Count > NamedProblems ? $"{named}; and {problems.Count - NamedProblems} more" : named);
    }
}
