using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.Cli.Wal;

/// <summary>
/// Runs <c>wal push</c> and <c>wal get</c>. What they end with is what PostgreSQL takes it for: see
/// <see cref="ExitCode.RecoveryEnds"/>.
/// </summary>
internal static class WalRunner
{
    private const string StandbySignal = "standby.signal";

    public static int Run(WalInvocation invocation)
    {
        var output = new CommandOutput(invocation.Json, quiet: false, invocation.Verbose);
        ErrorReport report;
        try
        {
            return (int)(invocation.Action switch
            {
                WalAction.Push when invocation.IsAsync => WalAsync.Push(invocation, output),
                WalAction.Push => Push(invocation, output),
                WalAction.Get => Guarded(invocation, invocation.IsAsync ? WalAsync.Get(invocation, output) : Get(invocation, output), output),
                WalAction.PushAhead => WalAsync.PushAhead(invocation),
                _ => WalAsync.GetAhead(invocation),
            });
        }
        catch (DrException e)
        {
            report = ErrorReport.Of(e);
            output.Trace(e);
        }
        catch (Exception e)
        {
            // The last frame before the runtime's own crash dump, whose exit code PostgreSQL would take for a signal.
            report = ErrorReport.Fault(e);
            output.Trace(e);
        }

        report = invocation.IsGet ? report with { ExitCode = FailureOfGet() } : report;
        output.Error(report);
        return (int)report.ExitCode;
    }

    internal static ExitCode Push(WalInvocation invocation, CommandOutput output)
    {
        using (var repositories = WalRepositories.Open(invocation.Repositories))
        {
            WarnOfPassphrase(repositories, output);
            var result = repositories.Archives.Count == 0 ? null : WalPush.Run(repositories.Archives, invocation.Path);
            var code = ExitCode.Done;
            foreach (var failed in repositories.Failed)
            {
                code = Report(output, failed.Location, failed.Error, code);
            }

            foreach (var stored in result?.Results ?? [])
            {
                code = stored.Error is { } error ? Report(output, stored.Location, error, code) : code;
            }

            if (output.IsJson && result is not null)
            {
                output.Result(WalPushDocument.Of(result, repositories.Failed), CliJson.Documents.WalPushDocument, _ => { });
            }

            return code;
        }
    }

    internal static ExitCode Get(WalInvocation invocation, CommandOutput output)
    {
        var (file, dataDirectory) = FileOf(invocation);
        using (var repositories = WalRepositories.Open(invocation.Repositories))
        {
            WarnOfPassphrase(repositories, output);
            var isThere = repositories.Archives.Count > 0 && WalGet.Run(
                repositories.Archives,
                WalCluster.ReadIdentifier(dataDirectory),
                file,
                invocation.Path,
                failure => output.Warn($"{failure.Message} Another repository served."));
            foreach (var failed in repositories.Failed)
            {
                // Somebody else may have it; but what one repository could not be asked for is not missing.
                if (!isThere)
                {
                    throw failed.Error;
                }

                output.Warn($"{failed.Location}: {failed.Error.Message} Another repository served.");
            }

            if (!isThere && output.IsJson)
            {
                output.Error(new ErrorReport(nameof(DrError.LogMissing), $"{file} is not in the archive.", null, ExitCode.Failed));
            }

            return isThere ? ExitCode.Done : ExitCode.Failed;
        }
    }

    private static ExitCode Guarded(WalInvocation invocation, ExitCode code, CommandOutput output)
    {
        if (code != ExitCode.Done || !invocation.GuardsTablespaces)
        {
            return code;
        }

        var (file, dataDirectory) = FileOf(invocation);
        if (file.Kind == WalFileKind.Segment)
        {
            try
            {
                TablespaceReplay.Guard(invocation.Path, dataDirectory, TablespaceMapping.Parse(invocation.TablespaceMapping), output.Warn);
            }
            catch
            {
                // What may not be replayed is not left where the server would find it.
                File.Delete(invocation.Path);
                throw;
            }
        }

        return code;
    }

    /// <summary>What is asked for, and for which data directory.</summary>
    internal static (WalFileName File, string DataDirectory) FileOf(WalInvocation invocation) => (
        WalFileName.TryParse(invocation.FileName, out var file) ? file : throw new DrException(
            DrError.BadUsage,
            $"'{invocation.FileName}' is not a file that PostgreSQL archives.",
            "Set restore_command = 'drtools wal get %f %p', with nothing around %f and %p; PostgreSQL fills them in."),
        WalCluster.DataDirectoryOf(invocation.Path) ?? throw new DrException(
            DrError.BadUsage,
            $"Which cluster {invocation.Path} belongs to cannot be told: there is no control file beside it.",
            "Run it in the data directory of the cluster, as PostgreSQL does, or give a path in its pg_wal."));

    private static ExitCode Report(CommandOutput output, string location, DrException error, ExitCode worst)
    {
        output.Trace(error);
        var report = ErrorReport.Of(error) with { Source = location };
        output.Error(report);
        return worst == ExitCode.Done ? report.ExitCode : ExitCodes.Worse(worst, report.ExitCode);
    }

    private static void WarnOfPassphrase(WalRepositories repositories, CommandOutput output)
    {
        if (repositories.UsedPassphrase)
        {
            output.Warn("A passphrase is stretched anew for every file of the log. Add a key file for the server's user (drtools key add) and give that with --key-file.");
        }
    }

    /// <summary>A server in recovery takes codes up to 125 for "there is none", and ends recovery; a standby only waits and
    /// asks again, so that it need not be stopped by a repository that is away for a while.</summary>
    private static ExitCode FailureOfGet() => File.Exists(StandbySignal) ? ExitCode.StandbyRetries : ExitCode.RecoveryEnds;
}
