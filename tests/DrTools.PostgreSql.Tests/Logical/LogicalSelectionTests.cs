using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Tables;

namespace DrTools.PostgreSql.Tests.Logical;

public sealed class LogicalSelectionTests
{
    [Theory]
    [InlineData("//host/shop", "postgresql://host:5432/shop")]
    [InlineData("//host/shop?schema=stock,sales", "postgresql://host:5432/shop?schema=sales,stock")]
    [InlineData("//host/shop?schema=sales&schema=stock&sslmode=require", "postgresql://host:5432/shop?schema=sales,stock")]
    [InlineData("//host/shop?table=orders,sales.items", "postgresql://host:5432/shop?table=public.orders,sales.items")]
    [InlineData("//host/shop?schema=sales&table=sales.items,public.a", "postgresql://host:5432/shop?schema=sales&table=public.a")]
    [InlineData("//host/shop?schema=a%2Cb%26c", "postgresql://host:5432/shop?schema=a%2Cb%26c")]
    [InlineData("/tmp:5433/shop?schema=sales", "postgresql:/tmp:5433/shop?schema=sales")]
    [InlineData("//host?method=logical", "postgresql://host:5432?method=logical")]
    public void The_selection_is_part_of_the_name_in_one_spelling(string location, string name)
    {
        var (address, method, selection) = LogicalSelection.Parse(location, new PostgreSqlOptions());
        Assert.Equal(BackupMethod.Logical, method);
        Assert.Equal(name, selection.NameOf(address));
        var again = LogicalSelection.Parse(name["postgresql:".Length..], new PostgreSqlOptions());
        Assert.Equal(name, again.Selection.NameOf(again.Address));
    }

    [Fact]
    public void Options_select_as_the_address_does()
    {
        var (address, _, selection) = LogicalSelection.Parse("host=/tmp dbname=shop", new PostgreSqlOptions { Schemas = ["b", "a"], Tables = ["c.t", "a.t"] });
        Assert.Equal("postgresql:/tmp:5432/shop?schema=a,b&table=c.t", selection.NameOf(address));
    }

    [Fact]
    public void A_cluster_is_physical_unless_told_otherwise()
    {
        Assert.Equal(BackupMethod.Physical, LogicalSelection.Parse("//host", new PostgreSqlOptions()).Method);
        Assert.Equal(BackupMethod.Logical, LogicalSelection.Parse("//host", new PostgreSqlOptions { Method = BackupMethod.Logical }).Method);
    }

    [Theory]
    [InlineData("//host?schema=a", "none is named")]
    [InlineData("//host/shop?method=physical", "not one database")]
    [InlineData("//host/shop?method=quick", "names the method 'quick'")]
    [InlineData("//host/shop?table=a.b.c", "not the name of a table")]
    public void What_makes_no_sense_is_refused(string location, string part) =>
        Assert.Contains(part, Assert.Throws<DrException>(() => LogicalSelection.Parse(location, new PostgreSqlOptions())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("orders", "public", "orders", "public.orders")]
    [InlineData("sales.Orders", "sales", "Orders", "sales.Orders")]
    [InlineData("\"a.b\".\"c\"\"d\"", "a.b", "c\"d", "\"a.b\".\"c\"\"d\"")]
    [InlineData("\"order items\"", "public", "order items", "public.\"order items\"")]
    public void Names_are_read_as_SQL_writes_them(string text, string schema, string name, string shown)
    {
        var parsed = QualifiedName.Parse(text);
        Assert.Equal(new QualifiedName(schema, name), parsed);
        Assert.Equal(shown, parsed.ToString());
        Assert.Equal(parsed, QualifiedName.Parse(shown));
    }

    [Theory]
    [InlineData("shop", "shop.dump")]
    [InlineData("a/b", "a%2Fb.dump")]
    [InlineData("..", "%2E..dump")]
    public void Databases_become_safe_file_names(string database, string path)
    {
        Assert.Equal(path, LogicalEntries.Whole(database));
        Assert.Equal(database, LogicalEntries.DatabaseOf(path));
    }

    [Fact]
    public void Roles_are_taken_from_a_script_one_by_one()
    {
        var script = RoleScript.Parse("""
            --
            CREATE ROLE app;
            ALTER ROLE app WITH NOSUPERUSER INHERIT LOGIN PASSWORD 'SCRAM-SHA-256$4096:x y';
            CREATE ROLE "Odd ""one";
            ALTER ROLE "Odd ""one" WITH NOLOGIN;
            CREATE ROLE postgres;
            ALTER ROLE postgres WITH SUPERUSER;
            GRANT app TO "Odd ""one" WITH ADMIN OPTION GRANTED BY postgres;
            CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';
            """);
        Assert.Equal(["app", "Odd \"one", "postgres"], script.Roles);
        Assert.Equal(
            ["CREATE ROLE \"Odd \"\"one\";", "ALTER ROLE \"Odd \"\"one\" WITH NOLOGIN;", "GRANT app TO \"Odd \"\"one\" WITH ADMIN OPTION;"],
            script.Make(new HashSet<string> { "Odd \"one" }));
    }

    [Theory]
    [InlineData(1L << 30, null, 16 << 10)]
    [InlineData(20L << 30, null, 64 << 10)]
    [InlineData(20L << 30, 16 << 10, 16 << 10)]
    [InlineData(40L << 30, 16 << 10, 64 << 10)]
    [InlineData(1L << 40, 64 << 10, 256 << 10)]
    [InlineData(1L << 30, 256 << 10, 256 << 10)]
    [InlineData(1L << 30, 12345, 16 << 10)]
    public void Dumps_are_cut_as_finely_as_their_size_allows_and_as_the_time_before(long size, int? before, int length) =>
        Assert.Equal(length, DumpChunks.Choose(size, before));
}
