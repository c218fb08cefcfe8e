using DrTools.Aws.S3;
using DrTools.Stores;

namespace DrTools.Aws;

/// <summary>Makes Amazon's services, and what speaks their protocols, known to the engine. The faces call it once at
/// start.</summary>
public static class AwsProvider
{
    /// <summary>Registers the scheme <c>s3</c>. Calling it again changes nothing.</summary>
    public static void Register() => ObjectStores.Register(S3Location.Scheme, static (location, _) => S3Store.Open(location));
}
