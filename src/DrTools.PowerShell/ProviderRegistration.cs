using System.Management.Automation;
using DrTools.Aws;
using DrTools.PostgreSql;

namespace DrTools.PowerShell;

/// <summary>Makes the sources of database servers, and the stores of clouds, known when the module is imported.</summary>
public sealed class ProviderRegistration : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport()
    {
        AwsProvider.Register();
        PostgreSqlProvider.Register();
    }
}
