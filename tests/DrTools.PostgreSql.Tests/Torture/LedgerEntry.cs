namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A transaction that the server confirmed.</summary>
/// <param name="Client">Which session it was.</param>
/// <param name="Number">Its number there, from 1 on.</param>
/// <param name="Account">The account that it changed.</param>
/// <param name="Delta">By how much.</param>
/// <param name="Transaction">Its id, with the epoch.</param>
/// <param name="When">When it was committed.</param>
internal sealed record LedgerEntry(int Client, long Number, int Account, int Delta, ulong Transaction, Span When);
