using System.Management.Automation;
using System.Reflection;
using System.Security;
using DrTools.Aws;
using DrTools.Drills;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.PowerShell.Commands;
using DrTools.Reports;

namespace DrTools.PowerShell.Tests;

public sealed class CmdletRulesTests
{
    private static readonly HashSet<string> ApprovedVerbs =
    [
        .. new[] { typeof(VerbsCommon), typeof(VerbsCommunications), typeof(VerbsData), typeof(VerbsDiagnostic), typeof(VerbsLifecycle), typeof(VerbsOther), typeof(VerbsSecurity) }
            .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(f => f.IsLiteral)
            .Select(f => (string)f.GetRawConstantValue()!),
    ];

    private static readonly string[] VerbsThatChangeNothing = [VerbsCommon.Find, VerbsCommon.Get, VerbsDiagnostic.Measure, VerbsDiagnostic.Test];

    public static TheoryData<string> Names => [.. CmdletMetadata.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_verb_is_approved_and_a_noun_singular(string name)
    {
        var cmdlet = Find(name);
        Assert.Contains(cmdlet.Verb, ApprovedVerbs);
        Assert.StartsWith("Dr", cmdlet.Noun, StringComparison.Ordinal);
        Assert.False(cmdlet.Noun.EndsWith('s') && !cmdlet.Noun.EndsWith("ss", StringComparison.Ordinal), $"{cmdlet.Noun} is plural.");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_class_is_named_like_its_cmdlet_and_has_a_file_of_its_own(string name)
    {
        var cmdlet = Find(name);
        Assert.Equal($"{cmdlet.Verb}{cmdlet.Noun}Command", cmdlet.Type.Name);
        Assert.True(cmdlet.Type.IsSealed);
        Assert.True(File.Exists(Path.Combine(SourceTree.Module, "Commands", cmdlet.Type.Name + ".cs")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Output_types_are_declared_and_say_something(string name)
    {
        var types = Find(name).OutputTypes;
        Assert.NotEmpty(types);
        Assert.DoesNotContain(typeof(object), types);
        Assert.DoesNotContain(typeof(string), types);
        Assert.DoesNotContain(types, t => t != typeof(bool) && !IsOwn(t));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_changes_something_supports_WhatIf(string name)
    {
        var cmdlet = Find(name);
        Assert.Equal(!VerbsThatChangeNothing.Contains(cmdlet.Verb) && name != "New-DrRestorePlan", cmdlet.SupportsShouldProcess);
    }

    [Theory]
    [InlineData("Remove-DrBackup")]
    [InlineData("Invoke-DrRetention")]
    public void What_removes_asks_unless_it_is_forced(string name)
    {
        var cmdlet = Find(name);
        Assert.Equal(ConfirmImpact.High, cmdlet.ConfirmImpact);
        Assert.Contains(cmdlet.Parameters, p => p.Name == "Force");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_parameter_set_has_more_than_four_positions_or_one_pipeline(string name)
    {
        foreach (var set in Find(name).ParameterSets)
        {
            var positions = set.Select(p => p.Position).OfType<int>().Order().ToList();
            Assert.True(positions.Count <= 4);
            Assert.Equal(Enumerable.Range(0, positions.Count), positions);
            Assert.True(set.Count(p => p.IsFromPipeline) <= 1);
        }
    }

    /// <summary>One or several of a type count as the same.</summary>
    [Fact]
    public void A_parameter_has_the_same_type_in_every_cmdlet()
    {
        var differing = CmdletMetadata.All
            .SelectMany(c => c.Parameters)
            .GroupBy(p => p.Name)

            // How deeply a backup is verified and how far a drill goes are both called level, everywhere; and a role is what a person
            // does, as in a plan, or what owns a database.
            .Where(g => g.Key is not ("Level" or "Role"))
            .Where(g => g.Select(p => Nullable.GetUnderlyingType(p.Type) ?? p.Type.GetElementType() ?? p.Type).Distinct().Count() > 1)
            .Select(g => g.Key);
        Assert.Empty(differing);
    }

    [Fact]
    public void A_parameter_is_no_Boolean_no_object_and_of_no_third_party()
    {
        var bad = CmdletMetadata.All.SelectMany(c => c.Parameters.Select(p => (Cmdlet: c.Name, Parameter: p)))
            .Where(p => p.Parameter.Type == typeof(bool) || p.Parameter.Type == typeof(object) || !IsOwnOrPlatform(p.Parameter.Type))
            .Select(p => $"{p.Cmdlet} -{p.Parameter.Name}");
        Assert.Empty(bad);
    }

    [Fact]
    public void A_secret_is_a_SecureString()
    {
        var secrets = CmdletMetadata.All.SelectMany(c => c.Parameters).Where(p => p.Name.EndsWith("Passphrase", StringComparison.Ordinal) || p.Name.Contains("Password", StringComparison.Ordinal));
        Assert.All(secrets, p => Assert.Equal(typeof(SecureString), p.Type));
    }

    [Fact]
    public void A_test_can_be_quiet()
    {
        Assert.All(
            CmdletMetadata.All.Where(c => c.Verb == VerbsDiagnostic.Test),
            c =>
            {
                Assert.Contains(c.Parameters, p => p.Name == "Quiet");
                Assert.Contains(c.OutputTypes, t => t.GetProperty("Passed")?.PropertyType == typeof(bool));
                Assert.Contains(typeof(bool), c.OutputTypes);
            });
    }

    [Fact]
    public void What_names_backups_or_sources_is_completed()
    {
        var without = CmdletMetadata.All.SelectMany(c => c.Parameters)
            .Where(p => p.Name is "Backup" or "Source")
            .Where(p => !p.Property.GetCustomAttributesData().Any(a => a.AttributeType == typeof(ArgumentCompleterAttribute)));
        Assert.Empty(without);
    }

    [Fact]
    public void Every_error_has_a_category()
    {
        var table = File.ReadAllText(Path.Combine(SourceTree.Module, "Commands", "FailureErrorRecord.cs"));
        Assert.All(Enum.GetNames<DrError>().Where(n => n != nameof(DrError.Unexpected)), n => Assert.Contains($"DrError.{n} =>", table, StringComparison.Ordinal));
    }

    internal static CmdletMetadata Find(string name) => CmdletMetadata.All.Single(c => c.Name == name);

    private static bool IsOwn(Type type) =>
        type.Assembly == typeof(CancellableCommand).Assembly || type.Assembly == typeof(DrException).Assembly || type.Assembly == typeof(PostgreSqlProvider).Assembly
        || type.Assembly == typeof(AwsProvider).Assembly || type.Assembly == typeof(RecoveryPlan).Assembly || type.Assembly == typeof(DrillResult).Assembly || type.Assembly == typeof(Report).Assembly;

    private static bool IsOwnOrPlatform(Type type)
    {
        var element = Nullable.GetUnderlyingType(type) ?? type.GetElementType() ?? type;
        return IsOwn(element) || element.Assembly == typeof(object).Assembly || element.Assembly == typeof(PSObject).Assembly;
    }
}
