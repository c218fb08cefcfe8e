using System.Management.Automation;
using System.Reflection;
using DrTools.PowerShell.Commands;

namespace DrTools.PowerShell.Tests;

/// <summary>
/// A cmdlet as its metadata says. The attributes themselves are those of a reference library, which forgets every
/// value, so only their declarations are read.
/// </summary>
internal sealed class CmdletMetadata
{
    private readonly CustomAttributeData _attribute;

    private CmdletMetadata(Type type, CustomAttributeData attribute)
    {
        (Type, _attribute) = (type, attribute);
        Parameters = [.. type.GetProperties().SelectMany(p => p.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(ParameterAttribute))
            .Select(a => new ParameterMetadata(p, a)))];
    }

    public static IReadOnlyList<CmdletMetadata> All { get; } = [.. typeof(CancellableCommand).Assembly.GetExportedTypes()
        .SelectMany(t => t.GetCustomAttributesData().Where(a => a.AttributeType == typeof(CmdletAttribute)).Select(a => new CmdletMetadata(t, a)))
        .OrderBy(c => c.Name, StringComparer.Ordinal)];

    public Type Type { get; }

    public string Verb => (string)_attribute.ConstructorArguments[0].Value!;

    public string Noun => (string)_attribute.ConstructorArguments[1].Value!;

    public string Name => $"{Verb}-{Noun}";

    public bool SupportsShouldProcess => Named("SupportsShouldProcess") is true;

    public ConfirmImpact ConfirmImpact => Named("ConfirmImpact") is int impact ? (ConfirmImpact)impact : ConfirmImpact.Medium;

    public IReadOnlyList<ParameterMetadata> Parameters { get; }

    public IReadOnlyList<Type> OutputTypes => [.. Type.GetCustomAttributesData()
        .Where(a => a.AttributeType == typeof(OutputTypeAttribute))
        .SelectMany(a => a.ConstructorArguments)
        .SelectMany(a => a.Value is IEnumerable<CustomAttributeTypedArgument> many ? many.Select(m => m.Value) : [a.Value])
        .OfType<Type>()];

    /// <summary>The parameters of each set, those of all sets in every one.</summary>
    public IEnumerable<IReadOnlyList<ParameterMetadata>> ParameterSets
    {
        get
        {
            var named = Parameters.Select(p => p.Set).OfType<string>().Distinct().ToList();
            return named.Count == 0 ? [Parameters] : named.Select(s => Parameters.Where(p => p.Set is null || p.Set == s).ToList());
        }
    }

    public override string ToString() => Name;

    private object? Named(string name) => _attribute.NamedArguments.Where(a => a.MemberName == name).Select(a => a.TypedValue.Value).SingleOrDefault();
}

/// <summary>A parameter in one parameter set, or in all.</summary>
internal sealed class ParameterMetadata(PropertyInfo property, CustomAttributeData attribute)
{
    public PropertyInfo Property => property;

    public string Name => property.Name;

    public Type Type => property.PropertyType;

    public string? Set => Named("ParameterSetName") as string;

    public int? Position => Named("Position") as int?;

    public bool IsMandatory => Named("Mandatory") is true;

    public bool IsFromPipeline => Named("ValueFromPipeline") is true;

    private object? Named(string name) => attribute.NamedArguments.Where(a => a.MemberName == name).Select(a => a.TypedValue.Value).SingleOrDefault();
}
