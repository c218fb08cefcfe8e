using DrTools.Deposits;
using DrTools.Stores;

namespace DrTools.Cli.Json;

/// <summary>What <c>deposit recipient</c> prints.</summary>
internal sealed record DepositRecipientDocument(string File, string Repository, Guid RepositoryId, string Fingerprint);

/// <summary>What <c>deposit create</c> prints.</summary>
internal sealed record DepositResultsDocument(IReadOnlyList<DepositResultDocument> Deposits, IReadOnlyList<ErrorInfo> Failed);

/// <summary>A backup that was deposited.</summary>
internal sealed record DepositResultDocument(
    string Id, string Location, string Recipient, int Objects, BackupDocument Backup, IReadOnlyList<string> Notes, StoreTraffic? Traffic)
{
    public static DepositResultDocument Of(DepositResult result) => new(
        result.DepositId, result.Location, result.Recipient, result.Objects, BackupDocument.Of(result.Backup), result.Notes, result.Backup.Traffic);
}

/// <summary>What <c>deposit list</c> prints.</summary>
internal sealed record DepositsDocument(IReadOnlyList<DepositDocument> Deposits);

/// <summary>A deposit.</summary>
internal sealed record DepositDocument(
    string Id, string Host, string Location, DateTime StoredAt, int Objects, long Bytes, IReadOnlyList<string> BackupIds, bool Complete, bool Received)
{
    public static DepositDocument Of(Deposit deposit) => new(
        deposit.Id, deposit.Host, deposit.Location, deposit.Stored.UtcDateTime, deposit.Objects, deposit.Bytes, deposit.BackupIds, deposit.IsComplete, deposit.IsReceived);
}

/// <summary>What <c>deposit receive</c> prints.</summary>
internal sealed record ReceivedDepositsDocument(bool DryRun, IReadOnlyList<ReceivedDepositDocument> Deposits);

/// <summary>What became of a deposit.</summary>
internal sealed record ReceivedDepositDocument(DepositDocument Deposit, string Outcome, IReadOnlyList<BackupDocument> Backups, bool Removed, string? Problem, IReadOnlyList<string> Notes)
{
    public static ReceivedDepositDocument Of(ReceivedDeposit received) => new(
        DepositDocument.Of(received.Deposit), Scalars.Word(received.Outcome), [.. received.Backups.Select(b => BackupDocument.Of(b))], received.IsRemoved, received.Problem, received.Notes);
}
