using System.Management.Automation;
using DrTools.PostgreSql;

namespace DrTools.PowerShell;

/// <summary>Makes the sources of database servers known when the module is imported.</summary>
public sealed class ProviderRegistration : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => PostgreSqlProvider.Register();
}
