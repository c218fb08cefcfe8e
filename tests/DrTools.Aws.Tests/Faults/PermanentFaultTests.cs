using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.S3.Model;
using DrTools.Aws.S3;
using DrTools.Aws.Tests.Servers;
using DrTools.Stores;

namespace DrTools.Aws.Tests.Faults;

/// <summary>Every fault that stays has an error of its own, which names endpoint, bucket and remedy.</summary>
public sealed class PermanentFaultTests(RadosGateway gateway)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Fault.ExpiredToken, DrError.StoreDenied, "Listing the objects in the bucket {0} at {1} failed: the credentials have expired.", "Get new ones")]
    [InlineData(Fault.ClockSkew, DrError.ClockSkew, "Listing the objects in the bucket {0} at {1} failed: the clock of this machine is 20 min 0 s behind the server's.", "Set the clock right")]
    [InlineData(Fault.NoSuchBucket, DrError.StoreMissing, "There is no bucket {0} at {1}.", "Create it (aws s3 mb s3://{0} --endpoint-url {1})")]
    [InlineData(Fault.OtherRegion, DrError.StoreMissing, "The bucket {0} is not in the region of {1} but in eu-west-3.", "(?region=eu-west-3)")]
    [InlineData(Fault.Denied, DrError.StoreDenied, "Listing the objects in the bucket {0} at {1} failed: the credentials do not allow s3:ListBucket.", "Allow s3:ListBucket on arn:aws:s3:::{0}")]
    public async Task Refusal_is_told_at_once(Fault fault, DrError error, string message, string remedy)
    {
        await using var proxy = new FaultProxy(gateway.Endpoint, _ => fault);
        var bucket = await gateway.NewBucketAsync();
        await using var store = S3Store.Open(gateway.LocationOf(bucket, endpoint: proxy.Endpoint), S3StoreLimits.Quick);
        var e = await Assert.ThrowsAsync<DrException>(async () => await store.ListAllAsync(string.Empty, Cancel));
        Assert.Equal(error, e.Error);
        message = string.Format(null, message, bucket, proxy.Endpoint);
        if (fault == Fault.ClockSkew)
        {
            // The seconds are those of the test.
            Assert.Matches(message.Replace("20 min 0 s", "(20 min|19 min 5. s|1[29][0-9][0-9] s).*", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), e.Message);
        }
        else
        {
            Assert.Equal(message, e.Message);
        }

        Assert.Contains(string.Format(null, remedy, bucket, proxy.Endpoint), e.Remedy, StringComparison.Ordinal);
        Assert.Equal(0, store.Traffic!.Retries);
    }

    [Fact]
    public async Task Read_only_bucket_is_one()
    {
        await using var proxy = new FaultProxy(gateway.Endpoint, request => request.IsWrite ? Fault.Denied : Fault.None);
        var bucket = await gateway.NewBucketAsync();
        await using var store = S3Store.Open(gateway.LocationOf(bucket, endpoint: proxy.Endpoint), S3StoreLimits.Quick);
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a/b", new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreReadOnly, e.Error);
        Assert.Equal("a/b", e.Subject);
        Assert.Equal($"Writing a/b in the bucket {bucket} at {proxy.Endpoint} failed: the credentials do not allow s3:PutObject.", e.Message);
        Assert.Contains($"arn:aws:s3:::{bucket}/backups/one/*", e.Remedy, StringComparison.Ordinal);
        Assert.Empty(await store.ListAllAsync(string.Empty, Cancel));
    }

    [Fact]
    public async Task Bucket_that_the_user_may_only_read_is_read_only()
    {
        var bucket = await gateway.NewBucketAsync();
        await using (var owner = S3Store.Open(gateway.LocationOf(bucket)))
        {
            await owner.TryPutAsync("a/b", new byte[5], Cancel);
        }

        await gateway.Owner.PutBucketPolicyAsync(
            new PutBucketPolicyRequest
            {
                BucketName = bucket,
                Policy = $$"""
                    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/guest"]},
                     "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::{{bucket}}", "arn:aws:s3:::{{bucket}}/*"]}]}
                    """,
            },
            Cancel);
        await using var store = S3Store.Open(gateway.LocationOf(bucket, options: "profile=guest"));
        Assert.Equal(5, await store.ReadAsync("a/b", 0, new byte[10], Cancel));
        Assert.Single(await store.ListAllAsync(string.Empty, Cancel));
        foreach (var change in new Func<Task>[] { () => store.TryPutAsync("a/c", new byte[5], Cancel).AsTask(), () => store.DeleteAsync("a/b", Cancel).AsTask() })
        {
            var e = await Assert.ThrowsAsync<DrException>(change);
            Assert.True(e.Error == DrError.StoreReadOnly, e.ToString());
        }
    }

    [Fact]
    public async Task Role_is_assumed_and_one_that_must_not_be_is_told()
    {
        var bucket = await gateway.NewBucketAsync();
        await using (var store = S3Store.Open(gateway.LocationOf(bucket, options: "profile=guest&role=arn:aws:iam:::role/backup")))
        {
            Assert.True(await store.TryPutAsync("a/b", new byte[5], Cancel));
            Assert.Single(await store.ListAllAsync(string.Empty, Cancel));
        }

        // The role names the guest alone.
        await using var owner = S3Store.Open(gateway.LocationOf(bucket, options: "role=arn:aws:iam:::role/backup"));
        var e = await Assert.ThrowsAsync<DrException>(() => owner.TryPutAsync("a/c", new byte[5], Cancel).AsTask());
        Assert.True(e.Error == DrError.StoreDenied, e.ToString());
        Assert.Contains("the role arn:aws:iam:::role/backup cannot be assumed: AccessDenied (403)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "nobucket", DrError.StoreMissing, "There is no bucket")]
    [InlineData("profile=guest", null, DrError.StoreDenied, "do not allow s3:ListBucket")]
    [InlineData("profile=unknown-key", null, DrError.StoreDenied, "the access key is not known")]
    [InlineData("profile=wrong-secret", null, DrError.StoreDenied, "the signature is wrong")]
    [InlineData("profile=nobody", null, DrError.StoreDenied, "No credentials")]
    public async Task Server_itself_refuses(string options, string? bucket, DrError error, string message)
    {
        bucket = bucket is null ? await gateway.NewBucketAsync() : bucket + Guid.NewGuid().ToString("n");
        await using var store = S3Store.Open(gateway.LocationOf(bucket, options: options));
        var e = await Assert.ThrowsAsync<DrException>(async () => await store.ListAllAsync(string.Empty, Cancel));
        Assert.True(e.Error == error, e.ToString());
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(bucket, e.Message, StringComparison.Ordinal);
        Assert.Contains(gateway.Endpoint, e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Remedy);
    }

    [Fact]
    public async Task Storage_class_that_the_server_does_not_have_is_named_by_it()
    {
        await using var store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync(), options: "storage-class=standard_ia"));
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a", new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreFailure, e.Error);
        Assert.Contains("InvalidArgument (400)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_nobody_knows_is_told()
    {
        await using var store = S3Store.Open("s3://test-bucket/a?endpoint=http://s3.does-not-exist.invalid", S3StoreLimits.Quick);
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a", new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreUnreachable, e.Error);
        Assert.Contains("http://s3.does-not-exist.invalid", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_without_TLS_is_told()
    {
        var bucket = await gateway.NewBucketAsync();
        await using var store = S3Store.Open(gateway.LocationOf(bucket, endpoint: gateway.Endpoint.Replace("http:", "https:", StringComparison.Ordinal)), S3StoreLimits.Quick);
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a", new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreUnreachable, e.Error);
        Assert.Contains("no secure connection could be made", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_has_gone_is_given_up_in_time_and_asked_once_afterwards()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = $"http://{listener.LocalEndpoint}";
        listener.Stop();
        var limits = S3StoreLimits.Quick with { RetryFor = TimeSpan.FromSeconds(2), MaximumAttempts = 1000 };
        await using var store = S3Store.Open(gateway.LocationOf("test-bucket", endpoint: endpoint), limits);
        var watch = Stopwatch.StartNew();
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a/b", new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreUnreachable, e.Error);
        Assert.StartsWith($"Writing a/b in the bucket test-bucket at {endpoint} failed: {endpoint} cannot be reached", e.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        var before = store.Traffic!;
        Assert.True(before.Retries > 1);

        // What follows a failure does not wait for all of it again.
        await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a/c", new byte[5], Cancel).AsTask());
        Assert.Equal(1, store.Traffic!.Since(before).Puts);
    }

    [Fact]
    public async Task Server_that_never_answers_is_given_up_in_time()
    {
        await using var proxy = new FaultProxy(gateway.Endpoint, _ => Fault.Stall);
        var limits = S3StoreLimits.Quick with { StallTimeout = TimeSpan.FromSeconds(1), RetryFor = TimeSpan.FromSeconds(2) };
        await using var store = S3Store.Open(gateway.LocationOf("test-bucket", endpoint: proxy.Endpoint), limits);
        var e = await Assert.ThrowsAsync<DrException>(() => store.ReadAsync("a", 0, new byte[5], Cancel).AsTask());
        Assert.Equal(DrError.StoreUnreachable, e.Error);
        Assert.Contains("without sending or taking a byte", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_a_call_that_waits()
    {
        await using var proxy = new FaultProxy(gateway.Endpoint, _ => Fault.Stall);
        await using var store = S3Store.Open(gateway.LocationOf("test-bucket", endpoint: proxy.Endpoint));
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadAsync("a", 0, new byte[5], cancel.Token).AsTask());
    }
}
