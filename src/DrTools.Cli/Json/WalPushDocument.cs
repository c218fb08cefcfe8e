using DrTools.Cli.Wal;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.Cli.Json;

/// <summary>What <c>wal push</c> prints.</summary>
internal sealed record WalPushDocument(string File, string Series, IReadOnlyList<WalPushRepository> Repositories)
{
    public static WalPushDocument Of(WalPushResult result, IReadOnlyList<WalRepositoryFailure> unopened) => new(
        result.Name.Name,
        result.Name.Series,
        [
            .. result.Results.Select(r => new WalPushRepository(r.Location, Scalars.Word(r.Outcome), r.StoredBytes, r.Error?.Error.ToString())),
            .. unopened.Select(u => new WalPushRepository(u.Location, Scalars.Word(LogPutOutcome.Failed), 0, u.Error.Error.ToString())),
        ]);
}

/// <summary>What became of the file in one repository.</summary>
internal sealed record WalPushRepository(string Location, string Outcome, long StoredBytes, string? ErrorId);
