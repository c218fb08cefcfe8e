using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Tests.Connections;

public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("//db.example:5433/shop", "postgresql://db.example:5433/shop")]
    [InlineData("//backup@DB.example", "postgresql://db.example:5432")]
    [InlineData("//[::1]:5433", "postgresql://[::1]:5433")]
    [InlineData("///shop?host=/tmp&port=5433", "postgresql:/tmp:5433/shop")]
    [InlineData("//%2Ftmp:5433", "postgresql:/tmp:5433")]
    [InlineData("/tmp:5433", "postgresql:/tmp:5433")]
    [InlineData("/tmp:5433/shop", "postgresql:/tmp:5433/shop")]
    [InlineData("/tmp", "postgresql:/tmp:5432")]
    [InlineData("host=/tmp port=5433 user='a b'", "postgresql:/tmp:5433")]
    public void Has_one_name_however_it_is_written(string location, string name)
    {
        var address = ServerAddress.Parse(location);
        Assert.Equal(name, address.SourceName);
        Assert.Equal(name, ServerAddress.Parse(name["postgresql:".Length..]).SourceName);
    }

    [Theory]
    [InlineData("//user:secret@host")]
    [InlineData("host=/tmp password=secret")]
    public void Refuses_a_password_without_repeating_it(string location)
    {
        var error = Assert.Throws<DrException>(() => ServerAddress.Parse(location));
        Assert.Equal(DrError.SourceUnknown, error.Error);
        Assert.DoesNotContain("secret", error.Message + error.Remedy, StringComparison.Ordinal);
        Assert.Contains("pgpass", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//host:99999", "'99999' is not a port")]
    [InlineData("//host?nonsense=1", "unknown parameter 'nonsense'")]
    [InlineData("nonsense", "neither a URI nor keyword=value pairs")]
    public void Says_what_is_wrong_with_an_address(string location, string part)
    {
        var error = Assert.Throws<DrException>(() => ServerAddress.Parse(location));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_named_with_what_to_check()
    {
        var error = await Assert.ThrowsAsync<DrException>(
            () => ServerConnection.OpenAsync(ServerAddress.Parse("/nowhere:5999"), null, null, TestContext.Current.CancellationToken));
        Assert.Equal(DrError.ServerUnreachable, error.Error);
        Assert.Contains("/nowhere:5999", error.Message, StringComparison.Ordinal);
        Assert.Contains("socket in /nowhere", error.Remedy, StringComparison.Ordinal);
    }
}
