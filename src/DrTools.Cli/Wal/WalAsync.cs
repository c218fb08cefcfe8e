using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Wal;

namespace DrTools.Cli.Wal;

/// <summary>The asynchronous mode: a call does what it is asked for, or finds it done, and sees to it that a process in the
/// background goes ahead.</summary>
internal static class WalAsync
{
    private const int MebiByte = 1 << 20;
    private const string SpoolVariable = "DRTOOLS_SPOOL";
    private const string DefaultSpool = "/var/spool/drtools";

    public static ExitCode Push(WalInvocation invocation, CommandOutput output)
    {
        if (WalCluster.DataDirectoryOf(invocation.Path) is not { } dataDirectory || !WalFileName.TryParse(Path.GetFileName(invocation.Path), out var file))
        {
            // It fails, and says why.
            return WalRunner.Push(invocation, output);
        }

        var spool = SpoolOf(invocation, WalCluster.ReadIdentifier(dataDirectory), "push");
        using var claim = spool.Claim(file.Text);
        var isDone = WalAheadPusher.TryTakeNote(claim, invocation.Path);
        if (WalAheadPusher.IsWanted(spool, invocation.Path, SegmentSizeOf(invocation.Path)))
        {
            BackgroundProcess.Start(invocation, WalArguments.PushAhead, [Path.GetFullPath(Path.GetDirectoryName(invocation.Path) ?? ".")], spool);
        }

        if (isDone)
        {
            return ExitCode.Done;
        }

        try
        {
            return WalRunner.Push(invocation, output);
        }
        finally
        {
            claim.Remove();
        }
    }

    public static ExitCode Get(WalInvocation invocation, CommandOutput output)
    {
        var (file, dataDirectory) = WalRunner.FileOf(invocation);
        if (file.Kind != WalFileKind.Segment)
        {
            return WalRunner.Get(invocation, output);
        }

        var identifier = WalCluster.ReadIdentifier(dataDirectory);
        var spool = SpoolOf(invocation, identifier, "get");
        WalPrefetcher.Advance(spool, file);
        var code = WalPrefetcher.TryTake(spool, file, invocation.Path) ? ExitCode.Done : WalRunner.Get(invocation, output);
        if (code == ExitCode.Done && WalPrefetcher.IsWanted(spool))
        {
            BackgroundProcess.Start(
                invocation,
                WalArguments.GetAhead,
                [identifier.ToString(CultureInfo.InvariantCulture), SegmentSizeOf(invocation.Path).ToString(CultureInfo.InvariantCulture)],
                spool);
        }

        return code;
    }

    /// <summary>The process in the background, on pushing; its argument is the server's <c>pg_wal</c>.</summary>
    public static ExitCode PushAhead(WalInvocation invocation)
    {
        BackgroundProcess.Detach();
        using var repositories = WalRepositories.Open(invocation.Repositories);
        var dataDirectory = Path.GetDirectoryName(invocation.Path)!;
        var spool = SpoolOf(invocation, WalCluster.ReadIdentifier(dataDirectory), "push");
        if (repositories.Failed.Count > 0)
        {
            spool.NoteFailure(repositories.Failed[0].Error);
            return ExitCodes.Of(repositories.Failed[0].Error.Error);
        }

        WalAheadPusher.Run(repositories.Archives, spool, invocation.Path, Jobs(invocation), CancellationToken.None);
        return ExitCode.Done;
    }

    /// <summary>The process in the background, on getting; its arguments are the cluster and the size of its segments.</summary>
    public static ExitCode GetAhead(WalInvocation invocation)
    {
        BackgroundProcess.Detach();
        using var repositories = WalRepositories.Open(invocation.Repositories);
        var identifier = ulong.Parse(invocation.FileName, CultureInfo.InvariantCulture);
        var spool = SpoolOf(invocation, identifier, "get");
        if (repositories.Archives.Count == 0)
        {
            spool.NoteFailure(repositories.Failed[0].Error);
            return ExitCodes.Of(repositories.Failed[0].Error.Error);
        }

        WalPrefetcher.Run(
            repositories.Archives,
            spool,
            identifier,
            uint.Parse(invocation.Path, CultureInfo.InvariantCulture),
            Jobs(invocation),
            invocation.SpoolLimit > 0 ? (long)invocation.SpoolLimit * MebiByte : WalPrefetcher.DefaultLimit,
            CancellationToken.None);
        return ExitCode.Done;
    }

    private static int Jobs(WalInvocation invocation) => invocation.Jobs > 0 ? invocation.Jobs : Math.Min(Environment.ProcessorCount, 4);

    private static WalSpool SpoolOf(WalInvocation invocation, ulong identifier, string purpose)
    {
        var root = invocation.Spool ?? Environment.GetEnvironmentVariable(SpoolVariable);
        return new WalSpool(string.IsNullOrEmpty(root) ? DefaultSpool : root, identifier, WalRepositories.Locations(invocation.Repositories), purpose);
    }

    private static uint SegmentSizeOf(string path)
    {
        var length = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        return length <= uint.MaxValue && WalSegment.IsSize((uint)length) ? (uint)length : WalSegment.DefaultSize;
    }
}
