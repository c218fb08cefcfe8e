using System.Text;
using System.Text.RegularExpressions;

namespace DrTools.Plans.Tests;

public sealed class PlanStarterTests
{
    /// <summary>Whatever a starter is made of, it is a plan.</summary>
    [Theory]
    [InlineData("Plain")]
    [InlineData("It's: a #1 'plan'")]
    [InlineData("null")]
    [InlineData("- no list")]
    [InlineData("ö {x}")]
    public async Task A_starter_is_a_plan(string name)
    {
        var starter = await MakeAsync(new StarterOptions
        {
            File = "/plans/dr.yaml",
            Name = name,
            Repositories = [new PlannedRepository { Name = "x", Location = "/nowhere/it's here" }, new PlannedRepository { Name = "y", Location = "/nowhere/second", KeyFile = "/k" }],
            Sources = ["files:/srv/a b", "files:/srv/x/a b", "sqlite:/srv/shop.db", "postgresql://db1:5432", "postgresql://db1:5432/shop"],
            LooksAround = false,
        });
        var plan = PlanLoader.Read("/plans/dr.yaml", Encoding.UTF8.GetBytes(starter.Text)).Require();
        Assert.Equal(name, plan.Name);
        Assert.Equal(["a-b", "a-b-2", "shop", "postgresql", "shop-2"], plan.Services.Select(s => s.Name));
        Assert.Equal(["local", "local-2"], plan.Repositories.Select(r => r.Name));
        Assert.Equal(["/nowhere/it's here", "/nowhere/second"], plan.Repositories.Select(r => r.Location));
        Assert.Equal([false, false, false, true, false], plan.Services.Select(s => s.Sources[0].Log is not null));
        Assert.Contains(starter.Notes, n => n.StartsWith("/nowhere/second was not looked into", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_anything_it_has_an_example()
    {
        var starter = await MakeAsync(new StarterOptions { File = "/plans/dr.yaml", LooksAround = false });
        Assert.Empty(PlanLoader.Read("/plans/dr.yaml", Encoding.UTF8.GetBytes(starter.Text)).Problems);
        Assert.Contains(starter.Notes, n => n.StartsWith("No source was given or found", StringComparison.Ordinal));

        // What is commented out must be right too, once it is not.
        var open = Regex.Replace(starter.Text, @"^# (?!yaml-)( *[A-Za-z][\w-]*:( |$))", "$1", RegexOptions.Multiline);
        var plan = PlanLoader.Read("/plans/dr.yaml", Encoding.UTF8.GetBytes(open)).Require();
        Assert.Single(plan.Drills);
        Assert.Equal("EUR", plan.Costs!.Currency);
    }

    [Fact]
    public async Task A_plan_that_is_there_is_replaced_only_by_force()
    {
        using var workspace = new PlanWorkspace();
        var starter = await MakeAsync(new StarterOptions { File = workspace.PathOf("dr.yaml"), LooksAround = false });
        await File.WriteAllTextAsync(starter.File, "mine", TestContext.Current.CancellationToken);
        Assert.Equal(DrError.PlanExists, Assert.Throws<DrException>(() => PlanStarter.Write(starter, force: false)).Error);
        Assert.Equal("mine", await File.ReadAllTextAsync(starter.File, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(starter.SchemaFile));
        Assert.Empty(PlanStarter.Write(starter, force: true));
        Assert.Equal(starter.Text, await File.ReadAllTextAsync(starter.File, TestContext.Current.CancellationToken));
        Assert.Equal(PlanLoader.Schema, await File.ReadAllTextAsync(starter.SchemaFile, TestContext.Current.CancellationToken));
    }

    private static Task<StarterResult> MakeAsync(StarterOptions options) => new PlanStarter(new PlanSecrets()).MakeAsync(options, TestContext.Current.CancellationToken);
}
