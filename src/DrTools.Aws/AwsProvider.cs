using DrTools.Aws.Kms;
using DrTools.Aws.S3;
using DrTools.Repositories.Keys;
using DrTools.Stores;

namespace DrTools.Aws;

/// <summary>Makes Amazon's services, and what speaks their protocols, known to the engine. The faces call it once at
/// start.</summary>
public static class AwsProvider
{
    /// <summary>Registers the scheme <c>s3</c> of stores and the scheme <c>aws-kms</c> of keys. Calling it again changes
    /// nothing.</summary>
    public static void Register()
    {
        ObjectStores.Register(S3Location.Scheme, static (location, _) => S3Store.Open(location));
        KeyServices.Register(KmsLocation.Scheme, KmsKeyService.Open, KmsLocation.IsShort);
    }
}
