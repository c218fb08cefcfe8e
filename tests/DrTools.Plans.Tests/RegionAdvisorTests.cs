using DrTools.Cli.Tests;

namespace DrTools.Plans.Tests;

public sealed class RegionAdvisorTests
{
    private static readonly RegionTable Table = RegionTable.Read(null);

    [Fact]
    public void The_table_says_as_of_when_it_is_and_every_region_can_be_paired()
    {
        Assert.StartsWith("As of 20", Table.Remark, StringComparison.Ordinal);
        Assert.Contains("https://docs.aws.amazon.com/", Table.Remark, StringComparison.Ordinal);
        Assert.True(Table.Regions.Count > 30);
        Assert.All(Table.Regions.SelectMany(r => r.Preferred), p => Assert.NotNull(Table.TryFind(p)));
        Assert.All(RegionAdvisor.Pair(Table, []), p => Assert.NotNull(p.Secondary));
    }

    [Theory]
    [InlineData("eu-west-1", "eu-central-1", 1088, 25)]
    [InlineData("ap-northeast-1", "ap-southeast-1", 5313, 40)]
    [InlineData("ap-northeast-1", "ap-northeast-3", 397, 15)]
    [InlineData("sa-east-1", "ap-southeast-2", 13_370, 150)]
    [InlineData("ap-southeast-6", "sa-east-1", 12_040, 150)]
    public void Distances_are_those_of_great_circles(string one, string other, double kilometres, double tolerance)
    {
        Assert.Equal(kilometres, Table.Find(one).DistanceTo(Table.Find(other)), tolerance);
        Assert.Equal(Table.Find(one).DistanceTo(Table.Find(other)), Table.Find(other).DistanceTo(Table.Find(one)), 6);
    }

    /// <summary>The pairs that the design guide names, of which the others follow from distance and law.</summary>
    [Theory]
    [InlineData("us-east-1", "us-west-2")]
    [InlineData("eu-west-1", "eu-central-1")]
    [InlineData("ap-northeast-1", "ap-southeast-1")]
    public void The_usual_pairs_are_recommended(string region, string partner)
    {
        var pair = Assert.Single(RegionAdvisor.Pair(Table, [region.ToUpperInvariant()]));
        Assert.Equal(partner, pair.Secondary!.Region);
        Assert.Equal("The table prefers it.", pair.Secondary.Reasons[0]);
        Assert.True(Table.Find(partner).DistanceTo(Table.Find(pair.Tertiary!.Region)) >= 1000);
    }

    [Fact]
    public void Law_and_distance_decide_and_the_reasons_say_so()
    {
        // The nearest of the EU beyond 1000 km; Zurich and London are nearer, and under other law.
        var frankfurt = Assert.Single(RegionAdvisor.Pair(Table, ["eu-central-1"]));
        Assert.Equal("eu-west-1", frankfurt.Secondary!.Region);
        Assert.Equal(RegionPartnerRole.Secondary, frankfurt.Secondary.Role);
        Assert.Equal(["Shared law holds (EU): IE.", "1088 km away.", "About 16 ms there and back: replication has to be asynchronous.", "3 zones."], frankfurt.Secondary.Reasons);
        Assert.All(frankfurt.Partners.TakeWhile(p => Table.Find(p.Region).Area == "EU"), p => Assert.True(p.Distance >= 1000));
        Assert.Contains("see whether the data may go there", frankfurt.Partners[^1].Reasons[0], StringComparison.Ordinal);

        // Where the law is demanded, the preference of the table gives way, and so does a partner.
        Assert.Empty(Assert.Single(RegionAdvisor.Pair(Table, ["ap-northeast-1"], jurisdictions: ["JP"])).Partners);
        var osaka = Assert.Single(RegionAdvisor.Pair(Table, ["ap-northeast-1"], 300, ["JP"]));
        Assert.Equal(("ap-northeast-3", null), (osaka.Secondary!.Region, osaka.Tertiary));
        Assert.Contains(osaka.Secondary.Reasons, r => r.EndsWith("near enough for synchronous replication.", StringComparison.Ordinal));

        // Accounts of one partition cannot use another.
        Assert.Equal("cn-northwest-1", Assert.Single(RegionAdvisor.Pair(Table, ["cn-north-1"], 500)).Partners.Single().Region);
        Assert.Equal("us-gov-east-1", Assert.Single(RegionAdvisor.Pair(Table, ["us-gov-west-1"])).Secondary!.Region);
    }

    [Theory]
    [InlineData("region,location\n", "x:1: the column 'latitude' is missing.")]
    [InlineData("region,location,latitude,longitude,jurisdiction,price\n", "x:1: there is no column 'price'.")]
    [InlineData("# r\nregion,location,latitude,longitude,jurisdiction\na,A,91,0,DE", "x:3: '91' is no latitude.")]
    [InlineData("region,location,latitude,longitude,jurisdiction\na,A,NaN,0,DE", "x:2: 'NaN' is no latitude.")]
    [InlineData("region,location,latitude,longitude,jurisdiction\na,A,1,0\n", "x:2: there are 4 values and 5 columns.")]
    [InlineData("region,location,latitude,longitude,jurisdiction\na,A,1,0,\n", "x:2: 'jurisdiction' is empty.")]
    [InlineData("region,location,latitude,longitude,jurisdiction,zones\na,A,1,0,DE,many\n", "x:2: 'many' is no number of zones.")]
    [InlineData("region,location,latitude,longitude,jurisdiction\na,A,1,0,DE\nA,A,1,0,DE\n", "x:3: the region A is there twice.")]
    [InlineData("# nothing\n", "x names no regions.")]
    public void A_table_that_makes_no_sense_is_refused_with_its_line(string text, string message)
    {
        var error = Assert.Throws<DrException>(() => RegionTable.Parse("x", text));
        Assert.Equal((DrError.BadUsage, message), (error.Error, error.Message));
    }

    [Fact]
    public async Task The_command_line_prints_it_as_declared_and_takes_a_changed_table()
    {
        using var workspace = new Workspace();
        JsonContract.AssertIs("regions", (await workspace.RunAsync("regions", "--json")).Expect(0).Document);
        var one = (await workspace.RunAsync("regions", "--region", "eu-central-1")).Expect(0).Out;
        Assert.Contains("eu-west-1", one, StringComparison.Ordinal);
        Assert.Contains("Table: built in. As of", one, StringComparison.Ordinal);
        var table = (await workspace.RunAsync("regions", "--show-table")).Expect(0).Out;
        JsonContract.AssertIs("region-table", (await workspace.RunAsync("regions", "--show-table", "--json")).Expect(0).Document);
        await File.WriteAllTextAsync(workspace.PathOf("own.csv"), table + "berlin,Our cellar,52.52,13.40,DE,EU,1,aws,eu-west-3\n", TestContext.Current.CancellationToken);
        var own = (await workspace.RunAsync("regions", "--table", "own.csv", "--region", "berlin", "--minimum-distance", "400", "--json")).Expect(0).Document;
        JsonContract.AssertIs("regions", own);
        Assert.Equal("eu-west-3", own.GetProperty("regions")[0].GetProperty("secondary").GetString());
        Assert.Contains("Did you mean 'eu-central-1'?", (await workspace.RunAsync("regions", "--region", "eu-centrall-1")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("is under the law of 'XX'", (await workspace.RunAsync("regions", "--jurisdiction", "XX")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("cannot be read", (await workspace.RunAsync("regions", "--table", "none.csv")).Expect(64).Error, StringComparison.Ordinal);
    }
}
