using System.Text;

namespace DrTools.Plans;

/// <summary>Writes the text of a starter.</summary>
internal static class StarterText
{
    private const string Head = """
        # yaml-language-server: $schema=dr.schema.json
        # What must survive, and how. Test it with: drtools plan test, Test-DrPlan. All keys: docs/plans.md, dr.schema.json.
        version: 1

        """;

    private const string Tail = """

        # What is rehearsed, and how often.
        # drills:
        #   monthly-restore:
        #     scenario: database-corrupted    # table-dropped, site-lost, file-deleted, ransomware-encrypted, key-lost, custom
        #     level: partial                  # tabletop, partial, full
        #     services: SERVICE
        #     randomBackup: true
        #     every: 30d

        # What things cost, for drtools and for the report.
        # costs:
        #   currency: EUR
        #   storage: { disk: 0.03 }         # a gigabyte for a month

        # Who is told what. The address of a webhook is a secret.
        # alerts:
        #   team: { method: webhook, url: env:ALERT_WEBHOOK, from: warning }

        """;

    public static string Write(string name, IReadOnlyList<PlannedRepository> repositories, IReadOnlyList<StarterSource> sources)
    {
        var text = new StringBuilder(Head);
        text.Append("name: ").AppendLine(Quoted(name));
        text.AppendLine("# timezone: Europe/Berlin           # of the schedules; UTC if not given").AppendLine();
        var (named, isExample) = Repositories(repositories);
        WriteSites(text, named);
        WriteRepositories(text, named, isExample);
        text.AppendLine()
            .AppendLine("# How many copies of everything there are to be: copies, media, copies elsewhere; the production data counts.")
            .AppendLine(named.Count > 1 ? "copies:" : "# copies:")
            .AppendLine(named.Count > 1 ? "  rule: 3-2-1" : "#   rule: 3-2-1").AppendLine();
        var services = Services(sources.Count > 0 ? sources : [new StarterSource("files:/etc", null)]);
        WriteServices(text, services, named, sources.Count == 0);
        text.Append(Tail.Replace("SERVICE", services[0].Name, StringComparison.Ordinal));
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static (IReadOnlyList<PlannedRepository> Named, bool IsExample) Repositories(IReadOnlyList<PlannedRepository> given)
    {
        if (given.Count == 0)
        {
            return ([new PlannedRepository { Name = "local", Location = "/backup/repo" }], true);
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return ([.. given.Select(r => r with { Name = Unique(r.Location.Contains("://", StringComparison.Ordinal) ? "offsite" : "local", names) })], false);
    }

    private static void WriteSites(StringBuilder text, IReadOnlyList<PlannedRepository> repositories)
    {
        var sites = repositories.Select(r => r.Place.Site).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        text.AppendLine("# Where things are. A site that is lost takes with it what is only there.");
        if (sites.Count == 0 || !sites.TrueForAll(IsName))
        {
            text.AppendLine("# sites:").AppendLine("#   berlin: { role: primary }         # primary, secondary, vault").AppendLine("#   frankfurt: { role: vault }").AppendLine();
            return;
        }

        text.AppendLine("sites:");
        foreach (var site in sites)
        {
            text.Append("  ").Append(site).AppendLine(": { role: vault }              # primary where production runs, secondary where it is taken over");
        }

        text.AppendLine();
    }

    private static void WriteRepositories(StringBuilder text, IReadOnlyList<PlannedRepository> repositories, bool isExample)
    {
        text.AppendLine("# Where backups are kept. Secrets are references: file:PATH, env:NAME, vault:NAME.").AppendLine("repositories:");
        var sitesAreNames = repositories.Select(r => r.Place.Site).OfType<string>().All(IsName);
        foreach (var repository in repositories)
        {
            text.Append("  ").Append(repository.Name).AppendLine(":");
            text.Append("    location: ").Append(Quoted(repository.Location)).AppendLine(isExample ? "      # an example: name yours" : string.Empty);
            Line("medium", repository.Place.Medium, "disk", "disk, tape, object");
            if (sitesAreNames)
            {
                Line("site", repository.Place.Site, "berlin", "a name of sites");
            }

            Line("passphrase", repository.Passphrase?.ToString(), "file:/root/drtools.pass", "or keyFile, or kmsKey; else what the environment names");
            Line("keyFile", repository.KeyFile, null, null);
        }

        void Line(string key, string? value, string? example, string? comment)
        {
            if (value is not null)
            {
                text.Append("    ").Append(key).Append(": ").AppendLine(Quoted(value));
            }
            else if (example is not null)
            {
                text.Append("    # ").Append(key).Append(": ").Append(example).Append("   # ").AppendLine(comment);
            }
        }
    }

    private static void WriteServices(StringBuilder text, IReadOnlyList<(string Name, StarterSource Source)> services, IReadOnlyList<PlannedRepository> repositories, bool isExample)
    {
        text.AppendLine("# What must survive. Tiers give objectives: critical RTO 1h and RPO 15m, important 4h and 1h, standard 24h and 4h, low 72h and 24h.");
        text.AppendLine("services:");
        foreach (var (name, source) in services)
        {
            var hasLog = source.Source.StartsWith("postgresql:", StringComparison.Ordinal) && !IsLogical(source.Source);
            text.Append("  ").Append(name).AppendLine(isExample ? ":                              # an example: name yours" : ":");
            text.AppendLine("    tier: standard");
            text.AppendLine("    # objectives: { rto: 2h, rpo: 30m }     # where they differ from the tier");
            text.AppendLine("    # owners: [{ name: Team, contact: team@example.org }]");
            text.AppendLine("    sources:");
            text.Append("      - source: ").AppendLine(Quoted(source.Source));
            if (source.Host is not null)
            {
                text.Append("        host: ").AppendLine(Quoted(source.Host));
            }

            text.Append("        repositories: [").AppendJoin(", ", repositories.Select(r => r.Name)).AppendLine("]");
            text.AppendLine("        schedules:");
            if (hasLog)
            {
                text.AppendLine("          - { type: full, cron: 0 2 * * sun }").AppendLine("          - { type: incremental, cron: 0 2 * * mon-sat }");
                text.AppendLine("        log: { method: archive, interval: 5m }     # drtools archive enable");
            }
            else
            {
                text.AppendLine("          - { type: incremental, every: 3h }         # or at times: cron: 30 2 * * *");
            }

            text.AppendLine("        retention:").AppendLine("          keep: daily=30,weekly=12,monthly=12");
        }
    }

    /// <summary>A service for each source, named after what it is.</summary>
    private static IReadOnlyList<(string Name, StarterSource Source)> Services(IReadOnlyList<StarterSource> sources)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return [.. sources.Select(s => (Unique(NameOf(s.Source), names), s))];
    }

    private static string NameOf(string source)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        var (scheme, rest) = (source[..colon], source[(colon + 1)..]);
        var last = scheme == "postgresql" && !IsLogical(source) ? scheme : Path.GetFileNameWithoutExtension(rest.Split('?')[0].TrimEnd('/'));
        var name = string.Concat(last.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-')).TrimStart('.', '-', '_');
        return name.Length > 0 ? name : scheme;
    }

    /// <summary>A database of PostgreSQL is named by a path after the server.</summary>
    private static bool IsLogical(string source) => source.IndexOf("://", StringComparison.Ordinal) is > 0 and var slashes && source[(slashes + 3)..].Contains('/', StringComparison.Ordinal);

    private static string Unique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
        {
            unique = $"{name}-{i}";
        }

        return unique;
    }

    private static bool IsName(string text) => text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <summary>A text as YAML takes it for what it is: in single quotes, unless it is harmless.</summary>
    private static string Quoted(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ' ' or ':') && !text.Contains(": ", StringComparison.Ordinal) && !text.EndsWith(':') && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '/') && text.Any(char.IsAsciiLetter) && text.Trim() == text && text != "null"
            ? text
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
