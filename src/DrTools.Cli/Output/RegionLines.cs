using System.Globalization;
using DrTools.Plans;

namespace DrTools.Cli.Output;

/// <summary>Tells of regions and their partners.</summary>
internal static class RegionLines
{
    public static void Write(TextWriter text, Palette palette, RegionTable table, IReadOnlyList<RegionPair> pairs, bool withPartners)
    {
        if (withPartners)
        {
            foreach (var pair in pairs)
            {
                Write(text, palette, pair);
            }
        }
        else
        {
            var all = new TextTable("REGION", "LOCATION", "LAW", ">ZONES", "SECONDARY", "TERTIARY");
            foreach (var pair in pairs)
            {
                all.Add(pair.Region, pair.Primary.Location, Law(pair.Primary), Zones(pair.Primary.Zones), pair.Secondary?.ToString() ?? "none", pair.Tertiary?.ToString() ?? "none");
            }

            all.Write(text, palette);
        }

        text.WriteLine($"Table: {table.Source}. {table.Remark}".TrimEnd());
    }

    private static void Write(TextWriter text, Palette palette, RegionPair pair)
    {
        text.WriteLine($"{palette.Paint(pair.Region, Tone.Strong)}  {pair.Primary.Location}, {Law(pair.Primary)}, {Zones(pair.Primary.Zones)} zones");
        if (pair.Partners.Count == 0)
        {
            text.WriteLine($"  No region of the table is {pair.MinimumDistance.ToString("0", CultureInfo.InvariantCulture)} km away or more and under the wanted law.");
        }
        else
        {
            var table = new TextTable("  PARTNER", "LOCATION", ">KM", ">MS", "FOR", "REASONS");
            foreach (var p in pair.Partners)
            {
                table.Add(
                    new Cell("  " + p.Region, p.Role is null ? Tone.Plain : Tone.Good),
                    p.Location,
                    p.Distance.ToString("0", CultureInfo.InvariantCulture),
                    p.Latency.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
                    p.Role?.ToString().ToLowerInvariant() ?? string.Empty,
                    string.Join(" ", p.Reasons));
            }

            table.Write(text, palette);
        }

        text.WriteLine();
    }

    private static string Law(CloudRegion region) => region.Area is { } area ? $"{region.Jurisdiction} ({area})" : region.Jurisdiction;

    private static string Zones(int? zones) => zones?.ToString(CultureInfo.InvariantCulture) ?? "?";
}
