using System.Globalization;
using System.Text;

namespace DrTools.Plans.Tests;

/// <summary>Whatever is wrong with a plan is told with its place, and everything at once.</summary>
public sealed class PlanProblemTests
{
    [Fact]
    public void Everything_is_told_at_once()
    {
        var problems = PlanFile.Problems("""
            version: 1
            naem: Shop
            repositories:
              local:
                location: repo
                passphrase: correct horse
            services:
              shop:
                tier: critcal
                objectives:
                  rto: fast
                  rpo: 15 min
                sources:
                  - source: files:data
                    repositories: [locl]
                    schedules:
                      - type: hourly
                        every: 60
                    retention:
                      keep: dayly=3
              Shop:
                tier: low
                tier: low
            """);
        Assert.Equal(
            [
                "1:1 The key 'name' is missing.",
                "2:1 There is no key 'naem' here. Did you mean 'name'?",
                "6:17 This is not a reference to a secret: env:NAME, file:PATH or vault:NAME.",
                "9:11 There is no tier 'critcal'. Did you mean 'critical'?",
                "11:12 'fast' is not a duration: an objective or an interval is a figure that can be measured.",
                "12:12 '15 min' has a unit that is not known.",
                "15:24 There is no repository 'locl'. Did you mean 'local'?",
                "17:19 'hourly' is not one of full, differential, incremental.",
                "18:20 '60' has no unit.",
                "20:17 The retention rule 'dayly=3' makes no sense: there is no part 'dayly'.",
                "21:3 Two services are called 'Shop'; the other is in line 8. Upper and lower case make no difference.",
                "23:5 The key 'tier' is here twice; the other is in line 22.",
            ],
            problems);
    }

    [Fact]
    public void A_recovery_key_is_another_one_than_the_key_of_every_day()
    {
        var plan = PlanFile.Least.Replace("location: repo", "location: repo\n    keyFile: near.key\n    recoveryKeys: [{ keyFile: safe/near.key }, { passphrase: 'file:safe/pass' }]", StringComparison.Ordinal);
        var keys = Assert.Single(PlanFile.Read(plan).Plan!.Repositories).RecoveryKeys.Select(k => k.ToString()).ToList();
        Assert.Equal(2, keys.Count);
        Assert.StartsWith("key file /", keys[0], StringComparison.Ordinal);
        Assert.StartsWith("passphrase file:/", keys[1], StringComparison.Ordinal);
        var problem = Assert.Single(PlanFile.Problems(plan.Replace("safe/near.key", "near.key", StringComparison.Ordinal)));
        Assert.Contains("near.key is the key that the repository is opened with every day", problem, StringComparison.Ordinal);
        problem = Assert.Single(PlanFile.Problems(plan.Replace("{ keyFile: safe/near.key }", "{ keyFile: safe/near.key, kmsKey: alias/x }", StringComparison.Ordinal)));
        Assert.Contains("exactly one is needed", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_in_the_plan_is_refused_and_not_shown()
    {
        var result = PlanFile.Read(PlanFile.Least.Replace("location: repo", "location: repo\n    passphrase: hunter2-hunter2", StringComparison.Ordinal));
        var problem = Assert.Single(result.Problems);
        Assert.DoesNotContain("hunter2", problem.ToString() + problem.Remedy, StringComparison.Ordinal);
        Assert.Contains("change it", problem.Remedy, StringComparison.Ordinal);
        Assert.Equal("repositories.local.passphrase", problem.Path);
        foreach (var secret in new[] { "env:", "env:1A", "env:A B", "file:", "pass:x", "hunter2" })
        {
            Assert.Single(PlanFile.Problems(PlanFile.Least.Replace("location: repo", $"location: repo\n    passphrase: '{secret}'", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_password_in_the_address_of_a_server_is_refused_and_not_shown()
    {
        var problem = Assert.Single(PlanFile.Read(PlanFile.Least.Replace("files:data", "postgresql://backup:hunter2@db1", StringComparison.Ordinal)).Problems);
        Assert.Contains("may not hold a password", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem.ToString() + problem.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: [1\nb: 2\n", "1:4", "This is not YAML: a bracket or brace")]
    [InlineData("version: 1\n  name: x\n", "2:7", "This is not YAML")]
    [InlineData("version: \"1\n", "1:10", "This is not YAML")]
    [InlineData("version: 1\n\tname: x\n", "2:1", "There is a tab in the indentation")]
    [InlineData("version: 1\n---\nversion: 1\n", "2:1", "A second document begins here.")]
    [InlineData("version: !!int 1\n", "1:10", "The tag tag:yaml.org,2002:int is not used in plans.")]
    [InlineData("version: *nowhere\n", "1:10", "There is no anchor '&nowhere' before this alias.")]
    [InlineData("version: &a [*a]\n", "1:14", "The alias '*a' lies inside of what it stands for")]
    [InlineData("<<: {a: 1}\n", "1:1", "Merging with '<<' is not part of YAML 1.2.")]
    [InlineData("? [a]\n: b\n", "1:3", "A key is a name, and this is a list.")]
    [InlineData("", "1:1", "The file holds no plan.")]
    [InlineData("# nothing\n", "1:1", "The file holds no plan.")]
    [InlineData("just text\n", "1:1", "This is a single value, and keys with values are expected")]
    [InlineData("version: 1\nname: \u0001\n", "2:7", "There is a control character (U+0001).")]
    public void What_is_no_plan_is_told_with_its_place(string text, string place, string message)
    {
        var problem = Assert.Single(PlanFile.Problems(text));
        Assert.StartsWith($"{place} {message}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dependsOn: [shop]", "shop → shop")]
    [InlineData("dependsOn: [b]", "shop → b → c → shop")]
    public void A_circle_of_services_is_told(string dependency, string circle)
    {
        var text = PlanFile.Least.Replace("    tier: critical", "    tier: critical\n    " + dependency, StringComparison.Ordinal)
            + "\n  b:\n    tier: low\n    dependsOn: c\n  c:\n    tier: low\n    dependsOn: Shop\n";
        Assert.Contains(PlanFile.Problems(text), p => p.Contains($"The services wait for one another in a circle: {circle}.", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_newer_plan_is_judged_by_its_version_alone()
    {
        var result = PlanFile.Read("version: 2\nwhatever: new\n");
        var problem = Assert.Single(result.Problems);
        Assert.Equal((DrError.PlanNewer, 1, 10), (problem.Error, problem.Line, problem.Column));
        Assert.Equal(DrError.PlanNewer, Assert.Throws<DrException>(result.Require).Error);
    }

    [Fact]
    public void A_bomb_is_refused_before_it_goes_off()
    {
        var bomb = new StringBuilder("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
        {
            bomb.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Assert.Contains("With its aliases replaced this has 111,111 values, and 50,000 are the most.", Assert.Single(PlanFile.Problems(bomb.ToString())), StringComparison.Ordinal);
        Assert.Contains("There are more than 100 aliases.", Assert.Single(PlanFile.Problems("a: &a x\nb: [" + string.Join(", ", Enumerable.Repeat("*a", 101)) + "]\n")), StringComparison.Ordinal);
        Assert.Contains("This lies deeper than 32 levels.", Assert.Single(PlanFile.Problems(new string('[', 100_000))), StringComparison.Ordinal);
        Assert.Contains("The file is larger than", Assert.Single(PlanFile.Problems("# " + new string('x', 1 << 20))), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_encodings_are_told_with_the_place_of_the_first_byte()
    {
        var latin = Encoding.Latin1.GetBytes("version: 1\nname: Köln\n");
        var problem = Assert.Single(PlanLoader.Read("/plans/dr.yaml", latin).Problems);
        Assert.Equal((2, 8, "The byte 0xF6 is not part of UTF-8."), (problem.Line, problem.Column, problem.Message));
        Assert.Equal("The file is in UTF-16 or UTF-32.", Assert.Single(PlanLoader.Read("/plans/dr.yaml", Encoding.Unicode.GetBytes("version: 1\n")).Problems).Message);
        Assert.Empty(PlanLoader.Read("/plans/dr.yaml", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(PlanFile.Least)]).Problems);
    }

    [Theory]
    [InlineData("tier:", "8:10 There is no value here, where the name of a tier is expected.")]
    [InlineData("tier: [low]", "8:11 This is a list, and the name of a tier is expected.")]
    [InlineData("tier: low\n    checks: { health: { url: 'ftp://x' } }", "9:30 'ftp://x' is not an address that begins with http:// or https://.")]
    [InlineData("tier: low\n    checks: { health: { url: 'https://a:b@x' } }", "9:30 The address holds a user or password, which has no place in a plan.")]
    [InlineData("tier: low\n    checks: { names: { name: x, addresses: here } }", "9:44 'here' is not an address such as 192.0.2.10 or 2001:db8::1.")]
    [InlineData("tier: low\n    strategy: hope", "9:15 'hope' is not one of backup-restore, pilot-light, warm-standby, multi-site.")]
    [InlineData("tier: low\n    impact: { revenuePerHour: -1 }", "9:31 '-1' is not a number from 0 to 1000000000000.")]
    [InlineData("tier: low\n    impact: { revenuePerHour: '1' }", "9:31 '1' is not a number from 0 to 1000000000000.")]
    [InlineData("tier: low\n    owners: []", "9:13 The list is empty.")]
    [InlineData("tier: low\n    owners: someone", "9:13 This is a single value, and keys with values are expected: name, role, contact.")]
    [InlineData("tier: low\n    replication: { from: a, to: a, method: copies }", "9:33 The replication goes from 'a' to itself.")]
    public void A_value_of_another_kind_is_told(string line, string problem)
    {
        var text = PlanFile.Least.Replace("tier: critical", line, StringComparison.Ordinal);
        Assert.Contains(problem, PlanFile.Problems(text));
    }

    [Theory]
    [InlineData("{ type: full }", "exactly one is needed, and there is none.")]
    [InlineData("{ type: full, every: 1d, cron: 0 1 * * * }", "exactly one is needed, and there are several.")]
    [InlineData("{ type: full, cron: 0 1 * * }", "'0 1 * *' has 4 fields and not five.")]
    [InlineData("{ type: full, cron: 0 25 * * * }", "'25' is no hour (0 to 23).")]
    [InlineData("{ type: full, cron: 0 1 31 2 * }", "'0 1 31 2 *' never comes: no month has such a day.")]
    public void A_schedule_that_says_nothing_or_too_much_is_told(string schedule, string problem) =>
        Assert.EndsWith(problem, Assert.Single(PlanFile.Problems(PlanFile.Least + "\n        schedules:\n          - " + schedule)), StringComparison.Ordinal);

    [Theory]
    [InlineData("keys: [x]", "")]
    [InlineData("drills: { a: { scenario: custom, services: shop } }", "A custom scenario needs a runbook.")]
    [InlineData("drills: { a: { scenario: key-lost, services: shop, runbook: x } }", "Only a custom scenario has a runbook.")]
    [InlineData("alerts: { a: { method: webhook, to: x } }", "A webhook has its address in 'url'.")]
    [InlineData("alerts: { a: { method: mail, url: env:X } }", "There is nowhere to send this to.")]
    [InlineData("costs: { currency: euro }", "'euro' is not a currency.")]
    [InlineData("costs: { currency: EUR, sites: { x: 1 } }", "There is no site 'x'.")]
    [InlineData("costs: { currency: EUR, strategies: { hope: 1 } }", "'hope' cannot be a name here.")]
    [InlineData("timezone: Mars/Olympus", "'Mars/Olympus' is not a time zone")]
    [InlineData("changes: { date: yesterday, author: x, change: x }", "'yesterday' is not a day as 2026-11-21.")]
    [InlineData("copies: { rule: 3-2 }", "'3-2' is not a rule for copies.")]
    [InlineData("sites: { 'a b': { role: vault } }", "'a b' cannot be a name here.")]
    public void Other_parts_are_checked_too(string lines, string problem) =>
        Assert.Contains(problem, Assert.Single(PlanFile.Problems(PlanFile.Least + "\n" + lines)), StringComparison.Ordinal);

    /// <summary>A program that reads text of others must not fall over any of it.</summary>
    [Fact]
    public void No_text_makes_it_fall_over()
    {
        var random = new Random(20261121);
        var pieces = new[] { "version: 1\n", "services:\n", "  shop:\n", "    tier: low\n", "- ", ": ", "[", "]", "{", "}", "&a ", "*a", "'", "\"", "|\n", ">\n", "#", "? ", "!!x ", "\n", "  ", "%YAML 1.2\n", "---\n", "...\n", "@", "`", "ö", ",", "<<: " };
        for (var i = 0; i < 3000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.NotEmpty(PlanFile.Read(text).Problems);
        }

        for (var i = 0; i < 1000; i++)
        {
            var text = PlanFile.Example.Remove(random.Next(PlanFile.Example.Length - 20), random.Next(1, 20));
            var result = PlanFile.Read(text);
            Assert.True((result.Plan is null) == (result.Problems.Count > 0));
        }
    }
}
