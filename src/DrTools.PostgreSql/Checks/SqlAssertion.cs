using System.Globalization;
using System.Text.RegularExpressions;
using DrTools.PostgreSql.Scratch;
using Npgsql;

namespace DrTools.PostgreSql.Checks;

/// <summary>A query that must return true: at least one row, and true in the first column of each.</summary>
/// <param name="Database">The database it runs in, if it names one.</param>
/// <param name="Query">The query.</param>
public sealed partial record SqlAssertion(string? Database, string Query)
{
    /// <summary>Reads <c>select …</c> or <c>[database] select …</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: there is no query.</exception>
    public static SqlAssertion Parse(string text)
    {
        var match = Form().Match(text ?? string.Empty);
        return match.Success
            ? new SqlAssertion(match.Groups["database"] is { Success: true } named ? named.Value : null, match.Groups["query"].Value)
            : throw new DrException(DrError.BadUsage, $"'{text}' is no assertion.", "Write a query that returns true, as 'select count(*) > 0 from orders' or '[shop] select …'.");
    }

    /// <summary>Runs it in a transaction that may only read.</summary>
    internal async Task<(bool Passed, string Detail)> RunAsync(ScratchInstance scratch, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await scratch.OpenAsync(Database, readOnly: true, cancellationToken).ConfigureAwait(false);
            await using var command = new NpgsqlCommand(Query, connection);
            await using var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            long count = 0;
            while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                count++;
                var value = rows.FieldCount > 0 ? rows.GetValue(0) : null;
                if (value is not true)
                {
                    return (false, $"returned {(value is null or DBNull ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture))} in row {count}");
                }
            }

            return count > 0 ? (true, count == 1 ? "true" : $"true in {Figures.Count(count, "row")}") : (false, "returned no row");
        }
        catch (PostgresException e)
        {
            return (false, $"could not run: {e.MessageText}");
        }
        catch (DrException e) when (e.Error == DrError.ServerUnreachable)
        {
            return (false, $"could not run: {e.Message}");
        }
    }

    [GeneratedRegex(@"^\s*(?:\[(?<database>[^\]]+)\]\s*)?(?<query>\S.*)$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Form();
}
