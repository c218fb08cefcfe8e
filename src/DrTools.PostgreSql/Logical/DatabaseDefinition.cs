using System.Text;
using DrTools.PostgreSql.Tables;
using Npgsql;

namespace DrTools.PostgreSql.Logical;

/// <summary>What a database is made with, beyond what it holds.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/sql-createdatabase.html">CREATE DATABASE</see>.</remarks>
internal sealed record DatabaseDefinition
{
    public required string Owner { get; init; }

    public required string Encoding { get; init; }

    public required string Collate { get; init; }

    public required string CharacterType { get; init; }

    /// <summary><c>c</c> for the C library, <c>i</c> for ICU, <c>b</c> for built-in.</summary>
    public string Provider { get; init; } = "c";

    /// <summary>The locale of a provider that is not the C library.</summary>
    public string? Locale { get; init; }

    /// <summary>Settings of the database for everybody (<c>ALTER DATABASE … SET</c>), as <c>name=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Reads that of the database that is connected to.</summary>
    public static async Task<DatabaseDefinition> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Columns came with versions: datlocprovider with 15, daticulocale was renamed to datlocale by 17.
        const string query = """
            select pg_get_userbyid(d.datdba)::text, pg_encoding_to_char(d.encoding)::text, d.datcollate::text, d.datctype::text,
              coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
              coalesce((select s.setconfig from pg_catalog.pg_db_role_setting s where s.setdatabase = d.oid and s.setrole = 0), '{}')
            from pg_catalog.pg_database d where d.datname = current_database()
            """;
        using var command = new NpgsqlCommand(query, connection);
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            return new DatabaseDefinition
            {
                Owner = reader.GetString(0),
                Encoding = reader.GetString(1),
                Collate = reader.GetString(2),
                CharacterType = reader.GetString(3),
                Provider = reader.GetString(4),
                Locale = reader.IsDBNull(5) ? null : reader.GetString(5),
                Settings = reader.GetFieldValue<string[]>(6),
            };
        }
    }

    /// <summary>Reads what <see cref="AddTo"/> wrote.</summary>
    /// <returns><see langword="null"/> when nothing is known of the database.</returns>
    public static DatabaseDefinition? FromFacts(IReadOnlyDictionary<string, string> facts, string database)
    {
        string? Fact(string name) => facts.GetValueOrDefault($"database.{database}.{name}");
        return Fact("encoding") is not { } encoding ? null : new DatabaseDefinition
        {
            Owner = Fact("owner") ?? string.Empty,
            Encoding = encoding,
            Collate = Fact("collate") ?? "C",
            CharacterType = Fact("ctype") ?? "C",
            Provider = Fact("provider") ?? "c",
            Locale = Fact("locale"),
            Settings = [.. facts.Where(f => f.Key.StartsWith($"database.{database}.set.", StringComparison.Ordinal))
                .Select(f => $"{f.Key[$"database.{database}.set.".Length..]}={f.Value}").Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>Adds it to the facts of a backup.</summary>
    public void AddTo(IDictionary<string, string> facts, string database)
    {
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                facts[$"database.{database}.{name}"] = value;
            }
        }

        Add("owner", Owner);
        Add("encoding", Encoding);
        Add("collate", Collate);
        Add("ctype", CharacterType);
        Add("provider", Provider);
        Add("locale", Locale);
        foreach (var setting in Settings)
        {
            Add("set." + setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        }
    }

    /// <summary>The statement that makes a database of this kind.</summary>
    public string CreateStatement(string database)
    {
        var statement = new StringBuilder($"create database {QualifiedName.Quote(database)} template template0 encoding {QualifiedName.Literal(Encoding)} lc_collate {QualifiedName.Literal(Collate)} lc_ctype {QualifiedName.Literal(CharacterType)}");
        switch (Provider)
        {
            case "i" when Locale is not null:
                statement.Append(" locale_provider icu icu_locale ").Append(QualifiedName.Literal(Locale));
                break;
            case "b" when Locale is not null:
                statement.Append(" locale_provider builtin builtin_locale ").Append(QualifiedName.Literal(Locale));
                break;
        }

        return statement.ToString();
    }

    /// <summary>The statements that set what sessions of the database start with.</summary>
    public IEnumerable<string> SettingStatements(string database)
    {
        foreach (var setting in Settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            yield return $"alter database {QualifiedName.Quote(database)} set {QualifiedName.Quote(setting[..equals])} = {Value(setting[..equals], setting[(equals + 1)..])}";
        }
    }

    /// <summary>Some settings are lists of names, quoted one by one already; in a string they would be one name.</summary>
    private static string Value(string name, string value) =>
        name is "search_path" or "temp_tablespaces" or "session_preload_libraries" or "local_preload_libraries" or "shared_preload_libraries" or "unix_socket_directories" or "DateStyle"
            ? value
            : QualifiedName.Literal(value);
}
