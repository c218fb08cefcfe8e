using System.CommandLine;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that name the moment up to which a cluster is recovered.</summary>
internal sealed class RecoveryTargetOptions
{
    private readonly Option<string?> _time = new("--target-time") { Description = "A time with its zone: 2026-11-21T10:00:00Z, '2026-11-21 11:00:00+01:00'.", HelpName = "TIME" };
    private readonly Option<string?> _lsn = new("--target-lsn") { Description = "A position in the log: 0/3000028.", HelpName = "LSN" };
    private readonly Option<string?> _xid = new("--target-xid") { Description = "The commit of a transaction.", HelpName = "XID" };
    private readonly Option<string?> _name = new("--target-name") { Description = "A restore point that was named with pg_create_restore_point().", HelpName = "NAME" };
    private readonly Option<bool> _immediate = new("--target-immediate") { Description = "The end of the backup." };
    private readonly Option<bool> _exclusive = new("--target-exclusive") { Description = "Leave out what happened at just this time, position or transaction." };
    private readonly Option<string?> _timeline = new("--timeline") { Description = "The timeline to follow: latest (if not given), current (the backup's), or a number.", HelpName = "TIMELINE" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _time, _lsn, _xid, _name, _immediate, _exclusive, _timeline })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The target that was given; <see langword="null"/> when none was.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public RecoveryTarget? Read(CommandRun run)
    {
        var given = new List<RecoveryTarget>();
        if (run.Get(_time) is { } time)
        {
            given.Add(RecoveryTarget.At(RecoveryTarget.ParseTime(time)));
        }

        if (run.Get(_lsn) is { } lsn)
        {
            given.Add(RecoveryTarget.Parse($"lsn:{lsn}"));
        }

        if (run.Get(_xid) is { } xid)
        {
            given.Add(RecoveryTarget.Parse($"xid:{xid}"));
        }

        if (run.Get(_name) is { } name)
        {
            given.Add(RecoveryTarget.AtName(name));
        }

        if (run.Get(_immediate))
        {
            given.Add(RecoveryTarget.Immediate);
        }

        if (given.Count > 1)
        {
            throw new DrException(DrError.BadUsage, "More than one target was given.", "Give one of --target-time, --target-lsn, --target-xid, --target-name, --target-immediate.");
        }

        var (exclusive, timeline) = (run.Get(_exclusive), run.Get(_timeline));
        if (exclusive && given is not [{ HasEdge: true }])
        {
            throw new DrException(DrError.BadUsage, "--target-exclusive says nothing of this target.", "Give it together with --target-time, --target-lsn or --target-xid.");
        }

        return given.Count == 0 && timeline is null ? null : (given.FirstOrDefault() ?? RecoveryTarget.Latest) with
        {
            IsInclusive = !exclusive,
            Timeline = timeline is null ? RecoveryTimeline.Latest : RecoveryTimeline.Parse(timeline),
        };
    }
}
