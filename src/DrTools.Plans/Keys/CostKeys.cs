using DrTools.Plans.Shapes;
using DrTools.Plans.Yaml;

namespace DrTools.Plans.Keys;

/// <summary>Keys of cost figures.</summary>
internal static class CostKeys
{
    private static readonly Key<string> Currency = new("currency", new EngineShape<string>("a currency of three letters", "EUR", ReadCurrency), "The currency, in three letters: EUR.", isRequired: true);
    private static readonly Key<IReadOnlyList<StoragePrice>> Storage = new("storage", new MapShape<StoragePrice>(null, NameShape.Pattern, "classes of storage", new PriceShape<StoragePrice>((name, price) => new(name, price))), "Price of a gigabyte stored for a month, by class of storage.");
    private static readonly Key<decimal> Transfer = new("transferPerGigabyte", Any.Money, "Price of a gigabyte that is sent to another site.");
    private static readonly Key<IReadOnlyList<SiteCost>> Sites = new("sites", new MapShape<SiteCost>(null, NameShape.Pattern, "names of sites", new SiteCostShape()), "What each site costs in a month beside storage.");
    private static readonly Key<IReadOnlyList<StrategyCost>> Strategies = new("strategies", new MapShape<StrategyCost>(null, "^(backup-restore|pilot-light|warm-standby|multi-site)$", "strategies (backup-restore, pilot-light, warm-standby, multi-site)", new PriceShape<StrategyCost>((name, price) => new(StrategyOf(name), price))), "What each strategy costs in a month.");

    public static ObjectShape<PlannedCosts> Costs { get; } = new(
        "costs",
        [Currency, Storage, Transfer, Sites, Strategies],
        v => new PlannedCosts { Currency = v.Required(Currency), Storage = v.List(Storage), TransferPerGigabyte = v.Maybe(Transfer), Sites = v.List(Sites), Strategies = v.List(Strategies) });

    private static string ReadCurrency(string text) => text.Length == 3 && text.All(char.IsAsciiLetterUpper)
        ? text
        : throw new DrException(DrError.BadUsage, $"'{text}' is not a currency.", "Write its three capital letters, such as EUR, USD or JPY.");

    private static RecoveryStrategy StrategyOf(string name) => Enum.GetValues<RecoveryStrategy>().FirstOrDefault(s => Words.Key(s.ToString()) == name);

    /// <summary>A price of what the key names.</summary>
    private class PriceShape<T>(Func<string, decimal, T> make) : Shape<T>
    {
        public override bool TryRead(PlanNode node, PlanReading reading, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
        {
            var read = Any.Money.TryRead(node, reading, out var price);
            value = read ? make(reading.Step, price) : default;
            return read;
        }

        public override void Describe(SchemaWriter schema) => Any.Money.Describe(schema);
    }

    /// <summary>The key is the name of a site.</summary>
    private sealed class SiteCostShape() : PriceShape<SiteCost>((name, price) => new(name, price))
    {
        public override bool TryRead(PlanNode node, PlanReading reading, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out SiteCost value)
        {
            reading.Refer(NameKind.Site, reading.Step, node.Position);
            return base.TryRead(node, reading, out value);
        }
    }
}
