namespace DrTools.PowerShell.Assertions;

/// <summary>What an operator of Pester's <c>Should</c> says.</summary>
/// <param name="Succeeded">Whether the assertion held.</param>
/// <param name="FailureMessage">Why it did not; empty when it held.</param>
/// <remarks>Pester reads both members by their names: <see href="https://pester.dev/docs/commands/Add-ShouldOperator"/>.</remarks>
public sealed record ShouldVerdict(bool Succeeded, string FailureMessage);
