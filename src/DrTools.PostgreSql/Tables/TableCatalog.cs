using System.Globalization;
using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>Reads how tables are made from a server's catalogue, through its own functions, which write every name with its
/// schema when the search path is empty.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CATALOG">System Catalog
/// Information Functions</see>.</remarks>
internal sealed class TableCatalog(NpgsqlConnection connection, CancellationToken cancellationToken)
{
    /// <summary>Sets what the texts of values and expressions depend on; both ends of a copy need it.</summary>
    public const string SessionSettings = "set search_path = pg_catalog; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 3; set timezone = 'UTC'; set row_security = off";

    /// <summary>Tables of a schema that are no partitions of others, in ordinal order.</summary>
    public async Task<IReadOnlyList<QualifiedName>> ListAsync(string schema) => await ReadAsync(
        """
        select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition order by c.relname collate "C"
        """,
        r => new QualifiedName(r.GetString(0), r.GetString(1)),
        schema).ConfigureAwait(false);

    /// <summary>Describes a table.</summary>
    /// <returns><see langword="null"/> when there is none of this name.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is something else (a view).</exception>
    public async Task<TableDefinition?> FindAsync(QualifiedName name)
    {
        var found = await ReadAsync(
            """
            select c.oid, c.relkind::text, c.relpersistence::text, pg_get_userbyid(c.relowner)::text, array_to_string(c.reloptions, ', '), obj_description(c.oid, 'pg_class'),
              c.relrowsecurity
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = $2
            """,
            r => (Oid: r.GetFieldValue<uint>(0), Kind: r.GetString(1), Persistence: r.GetString(2), Owner: r.GetString(3), Options: Text(r, 4), Comment: Text(r, 5), Secured: r.GetBoolean(6)),
            name.Schema,
            name.Name).ConfigureAwait(false);
        if (found.Count == 0)
        {
            return null;
        }

        var table = found[0];
        if (table.Kind is not ("r" or "p"))
        {
            throw new DrException(DrError.BadUsage, $"{name} is {Describe(table.Kind)}, not a table.", "Name the tables that it shows.") { Subject = name.ToString() };
        }

        return new TableDefinition
        {
            Name = name,
            IsPartitioned = table.Kind == "p",
            IsUnlogged = table.Persistence == "u",
            Owner = table.Owner,
            StorageParameters = table.Options,
            Comment = table.Comment,
            Columns = await ReadColumnsAsync(table.Oid).ConfigureAwait(false),
            Constraints = await ReadConstraintsAsync(table.Oid).ConfigureAwait(false),
            Indexes = await ReadIndexesAsync(name, table.Oid).ConfigureAwait(false),
            NotCopied = await ReadOthersAsync(table.Oid, table.Kind == "p", table.Secured).ConfigureAwait(false),
        };
    }

    private static string Describe(string kind) => kind switch
    {
        "v" => "a view",
        "m" => "a materialized view",
        "f" => "a foreign table",
        "S" => "a sequence",
        "i" or "I" => "an index",
        _ => $"a relation of kind '{kind}'",
    };

    private async Task<IReadOnlyList<ColumnDefinition>> ReadColumnsAsync(uint table)
    {
        var columns = await ReadAsync(
            """
            select a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
              case when a.attcollation <> t.typcollation then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end,
              pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, col_description(a.attrelid, a.attnum),
              (select p.objid from pg_depend p join pg_class s on s.oid = p.objid
               where p.classid = 'pg_class'::regclass and p.refclassid = 'pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum
                 and p.deptype in ('a', 'i') and s.relkind = 'S' limit 1)
            from pg_attribute a join pg_type t on t.oid = a.atttypid
              left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
              left join pg_collation co on co.oid = a.attcollation left join pg_namespace cn on cn.oid = co.collnamespace
            where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum
            """,
            r => (
                Column: new ColumnDefinition(r.GetString(0), r.GetString(1), r.GetBoolean(2))
                {
                    Collation = Text(r, 3),
                    Expression = Text(r, 4),
                    Identity = r.GetString(5).Trim('\0', ' '),
                    Generated = r.GetString(6).Trim('\0', ' '),
                    Comment = Text(r, 7),
                },
                Sequence: r.IsDBNull(8) ? (uint?)null : r.GetFieldValue<uint>(8)),
            table).ConfigureAwait(false);
        var described = new List<ColumnDefinition>();
        foreach (var (column, sequence) in columns)
        {
            described.Add(sequence is { } oid ? column with { Sequence = await ReadSequenceAsync(oid).ConfigureAwait(false) } : column);
        }

        return described;
    }

    private async Task<SequenceDefinition> ReadSequenceAsync(uint oid)
    {
        var sequence = (await ReadAsync(
            """
            select n.nspname::text, c.relname::text, format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
            from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where s.seqrelid = $1
            """,
            r => new SequenceDefinition(new QualifiedName(r.GetString(0), r.GetString(1)), r.GetString(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetBoolean(8)),
            oid).ConfigureAwait(false))[0];
        var (last, called) = (await ReadAsync($"select last_value, is_called from {sequence.Name.Sql}", r => (r.GetInt64(0), r.GetBoolean(1))).ConfigureAwait(false))[0];
        return sequence with { LastValue = last, IsCalled = called };
    }

    /// <summary>Those that a partition or a child has from its parent are its own here. NOT NULL is told by the columns.</summary>
    private async Task<IReadOnlyList<ConstraintDefinition>> ReadConstraintsAsync(uint table) => await ReadAsync(
        """
        select c.conname::text, c.contype::text, pg_get_constraintdef(c.oid), rn.nspname::text, r.relname::text
        from pg_constraint c left join pg_class r on r.oid = nullif(c.confrelid, 0) left join pg_namespace rn on rn.oid = r.relnamespace
        where c.conrelid = $1 and c.contype in ('p', 'u', 'x', 'c', 'f') and not (c.contype = 'f' and c.conparentid <> 0)
        order by array_position('{p,u,x,c,f}', c.contype::text), c.conname
        """,
        r => new ConstraintDefinition(r.GetString(0), r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : new QualifiedName(r.GetString(3), r.GetString(4))),
        table).ConfigureAwait(false);

    private async Task<IReadOnlyList<IndexDefinition>> ReadIndexesAsync(QualifiedName name, uint table) => await ReadAsync(
        """
        select c.relname::text, i.indisunique, substr(pg_get_indexdef(i.indexrelid), length(format('CREATE %sINDEX %I ON %s%I.%I ',
          case when i.indisunique then 'UNIQUE ' else '' end, c.relname, case when c.relkind = 'I' then 'ONLY ' else '' end, $2::text, $3::text)) + 1)
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = $1 and i.indisvalid and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
        order by c.relname collate "C"
        """,
        r => new IndexDefinition(r.GetString(0), r.GetBoolean(1), r.GetString(2)),
        table,
        name.Schema,
        name.Name).ConfigureAwait(false);

    private async Task<IReadOnlyList<LeftOut>> ReadOthersAsync(uint table, bool partitioned, bool secured)
    {
        var others = await ReadAsync(
            """
            select 'trigger ' || quote_ident(tgname), 'It would act on other live objects.' from pg_trigger where tgrelid = $1 and not tgisinternal
            union all select 'rule ' || quote_ident(rulename), 'It would act on other live objects.' from pg_rewrite where ev_class = $1 and rulename <> '_RETURN'
            union all select 'policy ' || quote_ident(polname), 'Nobody but its owner has privileges on the copy.' from pg_policy where polrelid = $1
            union all select 'statistics ' || quote_ident(stxname), 'Make them again where they are needed.' from pg_statistic_ext where stxrelid = $1
            order by 1
            """,
            r => new LeftOut(r.GetString(0), r.GetString(1)),
            table).ConfigureAwait(false);
        if (secured)
        {
            others.Insert(0, new LeftOut("row-level security", "Nobody but its owner has privileges on the copy."));
        }

        if (partitioned)
        {
            others.Insert(0, new LeftOut("partitions", "The rows of all partitions are in one table."));
        }

        return others;
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private async Task<List<T>> ReadAsync<T>(string query, Func<NpgsqlDataReader, T> read, params object[] values)
    {
        using var command = new NpgsqlCommand(query, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(value is uint oid
                ? new NpgsqlParameter { Value = oid, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Oid }
                : new NpgsqlParameter { Value = Convert.ToString(value, CultureInfo.InvariantCulture) });
        }

        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
    }
}
