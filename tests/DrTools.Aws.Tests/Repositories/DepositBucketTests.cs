using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Aws.S3;
using DrTools.Aws.Tests.Faults;
using DrTools.Aws.Tests.Servers;
using DrTools.Aws.Tests.Stores;
using DrTools.Backup;
using DrTools.Deposits;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>A host whose credentials let it store below its own name and do nothing else.</summary>
public sealed class DepositBucketTests(RadosGateway gateway)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_only_host_backs_up_and_can_neither_read_nor_list_nor_delete()
    {
        using var tree = new SourceTree(300, 40_000_000);
        var bucket = await NewInboxAsync();
        using var secret = RepositoryCredential.FromPassphrase("horse battery");
        await using var repository = await new RepositoryFactory().CreateAsync(Path.Combine(tree.Folder, "repository"), secret, RepositoryPlace.Undeclared, Cancel);
        var recipient = DepositRecipient.Of(repository);

        // The host: a public key, and credentials for s3:PutObject below its name.
        var deposited = await DepositAsync(gateway.LocationOf(bucket, "inbox", "profile=guest"), recipient, tree);
        Assert.True(deposited.Backup.Traffic is { Gets: 0, Lists: 0, Deletes: 0, Puts: > 3 }, deposited.Backup.Traffic?.ToString());
        await using (var host = S3Store.Open(gateway.LocationOf(bucket, "inbox", "profile=guest"), S3StoreLimits.Quick))
        {
            var name = "web1/" + deposited.DepositId + "/header/00000001.a";
            foreach (var (what, attempt) in new (string, Func<Task>)[]
            {
                ("read", async () => await host.ReadAsync(name, 0, new byte[10], Cancel)),
                ("list", async () => await host.ListAllAsync(string.Empty, Cancel)),
                ("list its own", async () => await host.ListAllAsync("web1/", Cancel)),
                ("delete", async () => await host.DeleteAsync(name, Cancel)),
                ("speak for another", async () => await host.TryPutAsync("web2/x/header/00000001.a", new byte[10], Cancel)),
            })
            {
                var e = await Record.ExceptionAsync(attempt);
                Assert.True(e is DrException { Error: DrError.StoreDenied or DrError.StoreReadOnly }, $"{what}: {e}");
            }

            // Nor does the server let it delete without having looked.
            using var raw = gateway.NewGuest();
            var denied = await Assert.ThrowsAsync<AmazonS3Exception>(() => raw.DeleteObjectAsync(bucket, "inbox/" + name, Cancel));
            Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);

            // What is stored cannot be overwritten either.
            Assert.False(await host.TryPutAsync(name, new byte[10], Cancel));
        }

        var inbox = gateway.LocationOf(bucket, "inbox");
        var received = Assert.Single(await ReceiveAsync(repository, inbox, new ReceiveOptions { Remove = true }));
        Assert.Equal((DepositOutcome.Received, true), (received.Outcome, received.IsRemoved));
        Assert.Empty((await gateway.Owner.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }, Cancel)).S3Objects ?? []);
        var backup = Assert.Single(await new BackupCatalog(repository).ListAsync(new BackupFilter(), Cancel));
        await new RestoreEngine(repository).RestoreAsync(backup, Path.Combine(tree.Folder, "restored"), new RestoreOptions(), null, Cancel);
        SourceTree.AssertSame(tree.Source, Path.Combine(tree.Folder, "restored"));
    }

    [Fact]
    public async Task Requests_that_fail_and_answers_that_are_lost_make_no_difference()
    {
        using var tree = new SourceTree(200, 30_000_000);
        var bucket = await NewInboxAsync();
        using var secret = RepositoryCredential.FromPassphrase("horse battery");
        await using var repository = await new RepositoryFactory().CreateAsync(Path.Combine(tree.Folder, "repository"), secret, RepositoryPlace.Undeclared, Cancel);

        // Every third answer is lost: the object is there, and the next attempt finds its name taken by itself.
        var number = 0;
        await using var proxy = new FaultProxy(gateway.Endpoint, request => request.IsWrite && Interlocked.Increment(ref number) % 3 == 0 ? Fault.LostAnswer : Fault.None);
        var deposited = await DepositAsync(gateway.LocationOf(bucket, "inbox", "profile=guest", proxy.Endpoint), DepositRecipient.Of(repository), tree);
        Assert.True(deposited.Backup.Traffic is { Retries: > 1, Gets: 0 }, deposited.Backup.Traffic?.ToString());
        var received = Assert.Single(await ReceiveAsync(repository, gateway.LocationOf(bucket, "inbox"), new ReceiveOptions()));
        Assert.Equal(DepositOutcome.Received, received.Outcome);
        await new RestoreEngine(repository).RestoreAsync(Assert.Single(received.Backups), Path.Combine(tree.Folder, "restored"), new RestoreOptions(), null, Cancel);
        SourceTree.AssertSame(tree.Source, Path.Combine(tree.Folder, "restored"));
    }

    private static Task<DepositResult> DepositAsync(string location, DepositRecipient recipient, SourceTree tree) =>
        new DepositWriter(location, recipient).RunAsync(SourceRegistry.Parse("files:" + tree.Source), new BackupOptions { Host = "web1" }, null, Cancel);

    private static async Task<List<ReceivedDeposit>> ReceiveAsync(Repository repository, string inbox, ReceiveOptions options)
    {
        var result = new List<ReceivedDeposit>();
        await foreach (var received in new DepositReceiver(repository, inbox).RunAsync(options, null, Cancel))
        {
            result.Add(received);
        }

        return result;
    }

    private async Task<string> NewInboxAsync()
    {
        var bucket = await gateway.NewBucketAsync();
        await gateway.Owner.PutBucketPolicyAsync(
            new PutBucketPolicyRequest
            {
                BucketName = bucket,
                // On this server, other than on Amazon's (bucket owner enforced), objects belong to whoever stored them: that has to be
                // taken from him, and given to the owner.
                Policy = $$"""
                    {"Version": "2012-10-17", "Statement": [
                     {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/guest"]}, "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::{{bucket}}/inbox/web1/*"]},
                     {"Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam:::user/guest"]}, "Action": ["s3:GetObject*", "s3:ListBucket*", "s3:DeleteObject*", "s3:PutObjectAcl"], "Resource": ["arn:aws:s3:::{{bucket}}", "arn:aws:s3:::{{bucket}}/*"]},
                     {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam:::user/owner"]}, "Action": ["s3:*"], "Resource": ["arn:aws:s3:::{{bucket}}", "arn:aws:s3:::{{bucket}}/*"]}]}
                    """,
            },
            Cancel);
        return bucket;
    }
}
