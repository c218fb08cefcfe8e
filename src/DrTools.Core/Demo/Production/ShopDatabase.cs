using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace DrTools.Demo.Production;

/// <summary>The demo's database: a shop's customers and orders, in WAL mode, as an application would have it open.</summary>
internal sealed class ShopDatabase : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON;
        CREATE TABLE customers (
            id INTEGER PRIMARY KEY,
            email TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            street TEXT NOT NULL,
            city TEXT NOT NULL,
            country TEXT NOT NULL CHECK (length(country) = 2),
            credit_limit_cents INTEGER NOT NULL DEFAULT 0,
            newsletter INTEGER NOT NULL DEFAULT 0,
            created_at TEXT NOT NULL,
            note TEXT);
        CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            customer_id INTEGER NOT NULL REFERENCES customers (id),
            placed_at TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('new', 'paid', 'packed', 'shipped', 'returned')),
            items INTEGER NOT NULL,
            total_cents INTEGER NOT NULL,
            weight_kg REAL,
            tracking BLOB);
        CREATE INDEX orders_by_customer ON orders (customer_id, placed_at);
        CREATE TABLE markers (
            id INTEGER PRIMARY KEY,
            written_at TEXT NOT NULL,
            order_id INTEGER NOT NULL REFERENCES orders (id));
        """;

    private static readonly DateTime Epoch = new(2025, 1, 1, 6, 0, 0, DateTimeKind.Utc);
    private static readonly string[] FirstNames = ["Ada", "Alan", "Barbara", "Dennis", "Edsger", "Frances", "Grace", "Jürgen", "Karen", "Ken", "Leslie", "Margaret", "Nikołaj", "Radia", "Søren", "Zoë"];
    private static readonly string[] LastNames = ["Allen", "Brooks", "Codd", "Dijkstra", "Gray", "Hamilton", "Hopper", "Kernighan", "Lamport", "Liskov", "Łukasiewicz", "O'Neil", "Perlman", "Stonebraker", "Thompson", "Wirth"];
    private static readonly string[] Streets = ["Ahornweg", "Bridge Street", "Calle Mayor", "Hafenstraße", "Linden Avenue", "Rue de la Paix", "Station Road", "Via Roma"];
    private static readonly (string City, string Country)[] Cities = [("Berlin", "DE"), ("Edinburgh", "GB"), ("Kraków", "PL"), ("København", "DK"), ("Lyon", "FR"), ("Málaga", "ES"), ("Torino", "IT"), ("Zürich", "CH")];
    private static readonly string[] States = ["new", "paid", "packed", "shipped", "returned"];

    private readonly SqliteConnection _connection;
    private readonly Random _random;
    private int _customers;
    private int _orders;

    private ShopDatabase(string path, int seed)
    {
        _random = new Random(seed);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
    }

    /// <summary>Makes the database and fills it.</summary>
    public static ShopDatabase Create(string path, DemoSize size, int seed, CancellationToken cancellationToken)
    {
        var shop = new ShopDatabase(path, seed);
        try
        {
            shop._connection.Open();
            shop.Execute(Schema);
            shop.AddCustomers(size.Customers, cancellationToken);
            shop.AddOrders(size.Orders, cancellationToken);
            return shop;
        }
        catch
        {
            shop.Dispose();
            throw;
        }
    }

    /// <summary>A busy hour: new orders, others shipped, some cancelled, an address corrected.</summary>
    /// <returns>What was done, in figures.</returns>
    public string Work(CancellationToken cancellationToken)
    {
        var added = Math.Max(10, _orders / 50);
        AddOrders(added, cancellationToken);
        var shipped = Execute($"UPDATE orders SET status = 'shipped', tracking = randomblob(12) WHERE status = 'packed' AND id > {_orders - (_orders / 10)}");
        var cancelled = Execute($"DELETE FROM orders WHERE status = 'new' AND id % 997 = 1 AND id < {_orders / 2}");
        Execute("UPDATE customers SET street = 'Neue Straße 1', note = 'moved' WHERE id % 500 = 3");
        return string.Create(CultureInfo.InvariantCulture, $"{added:n0} new orders, {shipped:n0} shipped, {cancelled:n0} cancelled");
    }

    /// <summary>Commits one marker row with the time, together with an order.</summary>
    public void WriteMarker(int id, DateTimeOffset now)
    {
        AddOrders(1, CancellationToken.None);
        using var insert = _connection.CreateCommand();
        insert.CommandText = "INSERT INTO markers (id, written_at, order_id) VALUES ($id, $now, $order)";
        insert.Parameters.AddWithValue("$id", id);
        insert.Parameters.AddWithValue("$now", now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        insert.Parameters.AddWithValue("$order", _orders);
        insert.ExecuteNonQuery();
    }

    /// <summary>Ends the connection as the end of its process would: nothing is written back any more.</summary>
    public void Kill()
    {
        _ = raw.sqlite3_db_config(_connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private void AddCustomers(int count, CancellationToken cancellationToken)
    {
        using var transaction = _connection.BeginTransaction();
        using var insert = new PreparedInsert(_connection, transaction, "customers", "id", "email", "name", "street", "city", "country", "credit_limit_cents", "newsletter", "created_at", "note");
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (first, last) = (Pick(FirstNames), Pick(LastNames));
            var (city, country) = Pick(Cities);
            _customers++;
            insert.Execute(
                _customers,
                $"{first}.{last}.{_customers}@example.org".Replace("'", string.Empty, StringComparison.Ordinal).ToLowerInvariant(),
                $"{first} {last}",
                $"{Pick(Streets)} {_random.Next(1, 200)}",
                city,
                country,
                _random.Next(0, 50) * 10_000,
                _random.Next(2),
                Text(Epoch.AddMinutes(_customers * 7)),
                _random.Next(20) == 0 ? "prefers delivery on Saturday – rings twice" : DBNull.Value);
        }

        transaction.Commit();
    }

    private void AddOrders(int count, CancellationToken cancellationToken)
    {
        using var transaction = _connection.BeginTransaction();
        using var insert = new PreparedInsert(_connection, transaction, "orders", "id", "customer_id", "placed_at", "status", "items", "total_cents", "weight_kg", "tracking");
        for (var i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _orders++;
            var tracking = new byte[12];
            _random.NextBytes(tracking);
            var status = Pick(States);
            insert.Execute(
                _orders,
                _random.Next(1, _customers + 1),
                Text(Epoch.AddSeconds(_orders * 211L)),
                status,
                _random.Next(1, 9),
                _random.Next(199, 250_000),
                Math.Round(_random.NextDouble() * 30, 3),
                status == "shipped" ? tracking : DBNull.Value);
        }

        transaction.Commit();
    }

    private int Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private T Pick<T>(T[] choices) => choices[_random.Next(choices.Length)];

    private static string Text(DateTime time) => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
