using DrTools.Backup;
using DrTools.Retention;
using FsCheck;
using FsCheck.Fluent;

namespace DrTools.Tests.Retention;

/// <summary>Rules and histories of backups as they come about, and as they should not.</summary>
internal static class Generators
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static Gen<int> Count => Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(1, 8)));

    private static Gen<BackupType?> RuleType => Gen.Elements<BackupType?>(null, null, BackupType.Full, BackupType.Differential, BackupType.Incremental);

    /// <summary>Rules by counts alone.</summary>
    public static Gen<RetentionRule> CountRule =>
        (from type in RuleType
         from counts in Gen.ArrayOf(Count, 5)
         select new RetentionRule { Type = type, KeepLast = counts[0], KeepDaily = counts[1], KeepWeekly = counts[2], KeepMonthly = counts[3], KeepYearly = counts[4] })
        .Where(rule => rule with { Type = null } != new RetentionRule());

    public static Gen<RetentionRule> Rule =>
        from rule in CountRule
        from hours in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(1, 2000)))
        select hours == 0 ? rule : rule with { KeepWithin = TimeSpan.FromHours(hours) };

    public static Gen<RetentionPolicy> Policy => Of(Rule);

    public static Gen<RetentionPolicy> CountPolicy => Of(CountRule);

    /// <summary>Up to some 60 backups of three sources over two years and a little into the future, mostly in the order
    /// of the clock.</summary>
    public static Gen<RetentionCandidate[]> History => Gen.ArrayOf(Backup).Select(backups => backups
        .OrderBy(backup => backup.Sequence)
        .Select((backup, i) => backup with { Id = $"b{i}", Sequence = i })
        .ToArray());

    private static Gen<RetentionCandidate> Backup =>
        from source in Gen.Elements("files:/etc", "files:/var", "postgresql:main")
        from type in Gen.Elements(BackupType.Full, BackupType.Differential, BackupType.Incremental)
        from hours in Gen.Frequency((20, Gen.Choose(0, 2000)), (10, Gen.Choose(0, 17_000)), (1, Gen.Choose(-100, 0)))
        from lost in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(-10_000, 10_000)))
        from flags in Gen.ArrayOf(Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true))), 4)
        select new RetentionCandidate
        {
            Id = "",
            Source = source,
            Type = type,
            Started = Now.AddHours(-hours).ToOffset(TimeSpan.FromHours(hours % 12)),
            Sequence = -hours + lost,
            IsPartial = flags[0],
            IsDamaged = flags[1],
            IsPinned = flags[2] && hours % 3 == 0,
            IsLeased = flags[3] && hours % 3 == 1,
        };

    private static Gen<RetentionPolicy> Of(Gen<RetentionRule> rule) =>
        from count in Gen.Choose(1, 3)
        from rules in Gen.ArrayOf(rule, count)
        select new RetentionPolicy { Rules = rules };
}
