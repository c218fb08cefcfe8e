using DrTools.Aws.S3;
using DrTools.Aws.Tests.Servers;
using DrTools.Stores;
using DrTools.Tests.Stores;

namespace DrTools.Aws.Tests.Stores;

/// <summary>Every promise of a store, kept by one in a bucket.</summary>
public sealed class S3StoreTests(RadosGateway gateway) : ObjectStoreConformance
{
    private string? _bucket;

    protected override async ValueTask<IObjectStore> OpenAsync()
    {
        _bucket ??= await gateway.NewBucketAsync();
        return S3Store.Open(gateway.LocationOf(_bucket));
    }
}
