using DrTools.Sources;

namespace DrTools.Backup;

/// <summary>Collects issues from several threads: all are counted, the first ones are kept.</summary>
internal sealed class IssueList(int kept = 1000)
{
    private readonly Lock _lock = new();
    private readonly List<EntryIssue> _issues = [];

    public long Count { get; private set; }

    /// <summary>How many of them mean that something is missing.</summary>
    public long LossCount { get; private set; }

    public void Add(EntryIssue issue)
    {
        lock (_lock)
        {
            Count++;
            LossCount += issue.IsLoss ? 1 : 0;
            if (_issues.Count < kept)
            {
                _issues.Add(issue);
            }
            else if (issue.IsLoss && _issues.FindLastIndex(i => !i.IsLoss) is >= 0 and var remark)
            {
                _issues[remark] = issue;
            }
        }
    }

    public IReadOnlyList<EntryIssue> ToList()
    {
        lock (_lock)
        {
            return [.. _issues];
        }
    }
}
