using System.Globalization;
using System.Text;
using DrTools.Plans;
using DrTools.Reports;
using DrTools.Reports.Pages;

namespace DrTools.Documents;

/// <summary>Draws the sites with what is at them, and how data gets from one to another: as SVG, and as the source of Mermaid.</summary>
internal sealed class SiteDiagram
{
    private const double Width = 1030;
    private const double Gap = 90;
    private const double Head = 52;
    private const double BoxHeight = 40;
    private const double BoxGap = 12;
    private const int MostColumns = 3;

    private readonly DocumentContext _c;
    private readonly List<Place> _places = [];
    private readonly List<Way> _ways = [];

    private SiteDiagram(DocumentContext c)
    {
        _c = c;
        foreach (var site in c.Plan.Sites.OrderBy(s => s.Role))
        {
            var role = c.Words.Role(site.Role) + (site.Region is { } region ? c.Say($", {region}", $"、{region}") : string.Empty);
            _places.Add(Fill(new Place(c.Say($"{site.Name} ({role})", $"{site.Name}（{role}）"), []), site.Name));
        }

        var elsewhere = Fill(new Place(c.Say("site not said", "サイトの記載なし"), []), null);
        if (elsewhere.Boxes.Count > 0)
        {
            _places.Add(elsewhere);
        }

        Connect();
    }

    public static PageBlock Of(DocumentContext c)
    {
        var diagram = new SiteDiagram(c);
        var description = c.Say("The sites with their services and repositories, and how data gets from one to another.", "各サイトのサービスとリポジトリ、およびサイト間のデータの流れ。");
        return new PictureBlock(
            diagram.Svg(description),
            description,
            [
                new PageKey("backup", c.Say("service", "サービス")),
                new PageKey("recover", c.Say("repository of backups", "バックアップのリポジトリ")),
                new PageKey("lost", c.Say("replication", "レプリケーション")),
                new PageKey("idle", c.Say("backups and their copies", "バックアップとそのコピー")),
            ])
        { Mermaid = diagram.Mermaid() };
    }

    private Place Fill(Place place, string? site)
    {
        bool IsHere(string? name) => site is null ? name is null : string.Equals(name, site, StringComparison.OrdinalIgnoreCase);
        place.Boxes.AddRange(_c.Plan.Services.Where(s => IsHere(s.Site)).Select(s => new Box($"service {s.Name}", s.Name, string.Join(", ", s.Sources.Select(o => Scheme(o.Source)).Distinct()), "backup")));
        place.Boxes.AddRange(_c.Plan.Services.SelectMany(s => s.Replication.Where(r => site is not null && IsHere(r.To) && r.Method != ReplicationMethod.Copies)
            .Select(r => new Box($"standby {s.Name} {r.To}", _c.Say($"{s.Name} (standby)", $"{s.Name}（待機系）"), r.Standby ?? string.Empty, "backup"))).DistinctBy(b => b.Id));
        place.Boxes.AddRange(_c.Plan.Repositories.Where(r => IsHere(r.Place.Site)).Select(r => new Box($"repository {r.Name}", r.Name, r.Place.Medium ?? r.StorageClass ?? string.Empty, "recover")));
        return place;
    }

    private void Connect()
    {
        foreach (var service in _c.Plan.Services)
        {
            foreach (var first in service.Sources.Select(s => s.Repositories[0]).Distinct(StringComparer.OrdinalIgnoreCase))
            {
                Add($"service {service.Name}", $"repository {_c.Plan.Repository(first).Name}", _c.Say("backup", "バックアップ"), "idle");
            }

            foreach (var (from, to) in service.Sources.SelectMany(s => s.Repositories.Skip(1).Select(t => (s.Repositories[0], t))).Distinct())
            {
                Add($"repository {_c.Plan.Repository(from).Name}", $"repository {_c.Plan.Repository(to).Name}", _c.Say("copies", "コピー"), "idle");
            }

            foreach (var replication in service.Replication.Where(r => r.Method != ReplicationMethod.Copies))
            {
                Add($"service {service.Name}", $"standby {service.Name} {replication.To}", _c.Words.Method(replication.Method), "lost");
            }
        }
    }

    private void Add(string from, string to, string label, string color)
    {
        if (_places.SelectMany(p => p.Boxes).Any(b => b.Id == from) && _places.SelectMany(p => p.Boxes).FirstOrDefault(b => b.Id == to) is not null && !_ways.Exists(w => w.From == from && w.To == to))
        {
            _ways.Add(new Way(from, to, label, color));
        }
    }

    private string Mermaid()
    {
        var text = new StringBuilder("graph TB\n");
        var ids = _places.SelectMany(p => p.Boxes).Select((b, i) => (b.Id, Name: string.Create(CultureInfo.InvariantCulture, $"n{i}"))).ToDictionary(b => b.Id, b => b.Name, StringComparer.Ordinal);
        foreach (var (place, i) in _places.Select((p, i) => (p, i)))
        {
            text.Append(CultureInfo.InvariantCulture, $"    subgraph s{i}[\"{Label(place.Title)}\"]\n");
            foreach (var box in place.Boxes)
            {
                var (open, close) = box.Color == "recover" ? ("[(", ")]") : ("[", "]");
                text.Append(CultureInfo.InvariantCulture, $"        {ids[box.Id]}{open}\"{Label(box.Name)}\"{close}\n");
            }

            text.Append("    end\n");
        }

        foreach (var way in _ways)
        {
            text.Append(CultureInfo.InvariantCulture, $"    {ids[way.From]} {(way.Color == "lost" ? "==>" : "-->")}|\"{Label(way.Label)}\"| {ids[way.To]}\n");
        }

        return text.ToString();
    }

    /// <summary>Text within quotes of Mermaid: what would end them, or the block of code around, is written as an entity.</summary>
    private static string Label(string text)
    {
        var label = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value is '"' or '#' or '<' or '>' or '`' or '&' or '\\' || System.Text.Rune.IsControl(rune)
                ? label.Append(CultureInfo.InvariantCulture, $"#{rune.Value};")
                : label.Append(rune.ToString());
        }

        return label.ToString();
    }

    private string Svg(string description)
    {
        var rows = _places.Chunk(MostColumns).ToList();
        var heights = rows.Select(r => Head + (Math.Max(1, r.Max(p => p.Boxes.Count)) * (BoxHeight + BoxGap)) + BoxGap).ToList();
        var canvas = new SvgCanvas(Width, heights.Sum() + (rows.Count * 40), "site-diagram", description);
        canvas.Add($"<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" style=\"fill:var(--soft)\"/></marker></defs>");
        var (at, top) = (new Dictionary<string, (double X, double Y, double W)>(StringComparer.Ordinal), 10.0);
        foreach (var (row, r) in rows.Select((row, r) => (row, r)))
        {
            var width = (Width - 4 - ((row.Length - 1) * Gap)) / row.Length;
            foreach (var (place, i) in row.Select((p, i) => (p, i)))
            {
                var x = 2 + (i * (width + Gap));
                canvas.Add($"<rect x=\"{x:0.#}\" y=\"{top:0.#}\" width=\"{width:0.#}\" height=\"{heights[r]:0.#}\" rx=\"8\" style=\"fill:none;stroke:var(--line);stroke-width:1.5\"/>");
                canvas.Text(x + 14, top + 28, Short(place.Title, width - 28), "strong");
                foreach (var (box, b) in place.Boxes.Select((box, b) => (box, b)))
                {
                    var y = top + Head + (b * (BoxHeight + BoxGap));
                    at[box.Id] = (x + 14, y, width - 28);
                    canvas.Add($"<rect x=\"{x + 14:0.#}\" y=\"{y:0.#}\" width=\"{width - 28:0.#}\" height=\"{BoxHeight:0.#}\" rx=\"5\" style=\"fill:var(--card);stroke:var(--{box.Color});stroke-width:1.5\"/>");
                    canvas.Add($"<rect x=\"{x + 14:0.#}\" y=\"{y:0.#}\" width=\"6\" height=\"{BoxHeight:0.#}\" rx=\"3\" style=\"fill:var(--{box.Color})\"/>");
                    canvas.Text(x + 30, y + (box.Detail.Length > 0 ? 17 : 25), Short(box.Name, width - 60), "strong");
                    if (box.Detail.Length > 0)
                    {
                        canvas.Text(x + 30, y + 33, Short(box.Detail, width - 60), "soft");
                    }
                }
            }

            top += heights[r] + 40;
        }

        // Several arrows may leave the same box: each a little lower than the one before.
        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var way in _ways)
        {
            Draw(canvas, way, at[way.From], at[way.To], used.TryGetValue(way.From, out var n) ? used[way.From] = n + 1 : used[way.From] = 0);
        }

        return canvas.ToString();
    }

    private static void Draw(SvgCanvas canvas, Way way, (double X, double Y, double W) from, (double X, double Y, double W) to, int nth)
    {
        var style = $"fill:none;stroke:var(--{way.Color});stroke-width:1.6{(way.Color == "lost" ? string.Empty : ";stroke-dasharray:5 4")}";
        var (fromY, toY) = (from.Y + 12 + (nth * 9 % 24), to.Y + (BoxHeight / 2));
        if (Math.Abs(from.X - to.X) < 1)
        {
            // Within a site: around the right side.
            var (x, bend) = (from.X + from.W, 26 + (nth * 8));
            canvas.Add($"<path d=\"M{x:0.#} {fromY:0.#}C{x + bend:0.#} {fromY:0.#} {x + bend:0.#} {toY:0.#} {x:0.#} {toY:0.#}\" style=\"{style}\" marker-end=\"url(#arrow)\"/>");
            return;
        }

        var isRight = to.X > from.X;
        var (x1, x2) = isRight ? (from.X + from.W, to.X) : (from.X, to.X + to.W);
        var bow = isRight ? 40 : -40;
        canvas.Add($"<path d=\"M{x1:0.#} {fromY:0.#}C{x1 + bow:0.#} {fromY:0.#} {x2 - bow:0.#} {toY:0.#} {x2:0.#} {toY:0.#}\" style=\"{style}\" marker-end=\"url(#arrow)\"><title>{HtmlText.Escape(way.Label)}</title></path>");
    }

    /// <summary>Text that fits: a Latin letter takes some 7 units, a Japanese one 13.</summary>
    private static string Short(string text, double width)
    {
        var (room, kept) = (width, new StringBuilder());
        foreach (var rune in text.EnumerateRunes())
        {
            room -= rune.Value > 0x2E80 ? 13 : 7;
            if (room < 7)
            {
                return kept + "…";
            }

            kept.Append(rune.ToString());
        }

        return text;
    }

    private static string Scheme(string source) => source.Split(':')[0];

    private sealed record Place(string Title, List<Box> Boxes);

    private sealed record Box(string Id, string Name, string Detail, string Color);

    private sealed record Way(string From, string To, string Label, string Color);
}
