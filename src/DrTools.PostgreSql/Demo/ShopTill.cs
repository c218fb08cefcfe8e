using Npgsql;

namespace DrTools.PostgreSql.Demo;

/// <summary>An order that the server has confirmed.</summary>
/// <param name="Entry">Its number in the ledger.</param>
/// <param name="OrderId">Its id.</param>
/// <param name="Customer">Who bought.</param>
/// <param name="Cents">For how much.</param>
/// <param name="Confirmed">When its commit was confirmed, UTC.</param>
internal sealed record Sale(long Entry, long OrderId, int Customer, int Cents, DateTimeOffset Confirmed);

/// <summary>The shop's till: takes orders one after the other, each in a transaction of its own, and keeps a roll of those that
/// the server has confirmed. The roll is the evidence of what has to come back.</summary>
internal sealed class ShopTill : IAsyncDisposable
{
    private const string Order =
        """
        with o as (insert into sales.orders (customer, placed, cents) values ($1, clock_timestamp(), $2) returning id),
             p as (insert into sales.payments (order_id, cents) select id, $2 from o)
        insert into sales.ledger select $3, id, $2, clock_timestamp() from o returning order_id
        """;

    private readonly Lock _lock = new();
    private readonly List<Sale> _roll = [];
    private readonly NpgsqlConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Random _random;
    private readonly int _customers;
    private readonly Task _work;
    private bool _isDisasterExpected;
    private int _refused;

    private ShopTill(NpgsqlConnection connection, int customers, int seed, TimeSpan interval, TimeProvider time)
    {
        (_connection, _customers, _interval, _time, _random) = (connection, customers, interval, time, new Random(seed));
        _work = Task.Run(SellAsync);
    }

    /// <summary>Orders that were refused because a table was missing.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>How many orders were confirmed.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _roll.Count;
            }
        }
    }

    /// <summary>Opens the till.</summary>
    public static async Task<ShopTill> OpenAsync(DemoServer server, int customers, int seed, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken) =>
        new(await server.ConnectAsync(ShopSchema.Database, cancellationToken).ConfigureAwait(false), customers, seed, interval, time);

    /// <summary>From now on the server may vanish.</summary>
    public void ExpectDisaster() => Volatile.Write(ref _isDisasterExpected, true);

    /// <summary>Waits until something has come to be, while the till is busy.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerFailure"/> when it does not within the time, or the till
    /// broke.</exception>
    public async Task WaitAsync(Func<ShopTill, bool> condition, string what, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = _time.GetTimestamp();
        while (!condition(this))
        {
            if (_work.IsCompleted)
            {
                await _work.ConfigureAwait(false);
            }

            if (_work.IsCompleted || _time.GetElapsedTime(start) > patience)
            {
                throw new DrException(DrError.ServerFailure, $"The shop waited in vain for {what}: {Count} orders confirmed, {Refused} refused.", "See the server's log (--keep).");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the till.</summary>
    /// <returns>The roll.</returns>
    public async Task<IReadOnlyList<Sale>> CloseAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        return _roll;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_work).ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task SellAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var (customer, cents, entry) = (_random.Next(1, _customers + 1), _random.Next(100, 90_000), _roll.Count + 1L);
            var pause = _interval;
            try
            {
                // Not to be stopped half-way: what the server does with it would not be known.
                await using var command = new NpgsqlCommand(Order, _connection)
                {
                    Parameters = { new() { Value = customer }, new() { Value = cents }, new() { Value = entry } },
                };
                var id = (long)(await command.ExecuteScalarAsync(CancellationToken.None).ConfigureAwait(false))!;
                lock (_lock)
                {
                    _roll.Add(new Sale(entry, id, customer, cents, _time.GetUtcNow()));
                }
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                Interlocked.Increment(ref _refused);
                pause *= 4;
            }
            catch (Exception e) when (e is NpgsqlException or IOException or InvalidOperationException && Volatile.Read(ref _isDisasterExpected))
            {
                return;
            }

            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
