using Amazon.S3;
using Amazon.S3.Model;

namespace DrTools.Aws.S3;

/// <summary>What the parts of a store share: a client, a way to run its requests, and how objects are to be stored.</summary>
internal sealed class S3Session : IDisposable
{
    /// <summary>Names the writer of an object: it tells a writer whose answer was lost that it succeeded after all.</summary>
    private const string WriterKey = "drtools-writer";

    private readonly S3HttpClientFactory _connections;

    public S3Session(S3Location location, S3Limits limits)
    {
        (Location, Limits) = (location, limits);
        _connections = new S3HttpClientFactory(limits);
        Client = S3ClientFactory.Create(location, _connections, out var endpoint, out var isAmazon);
        IsAmazon = isAmazon;
        Errors = new S3Errors(location, endpoint, limits);
        Retry = new S3Retry(limits, Errors, Traffic);
        Slots = new SemaphoreSlim(limits.ParallelParts);
        Pool = new BlockPool(kept: (limits.ParallelParts + 2) * limits.PartLength / BlockPool.BlockLength);
    }

    public S3Location Location { get; }

    public S3Limits Limits { get; }

    public AmazonS3Client Client { get; }

    /// <summary>Whether this is Amazon's own S3, whose abilities are known.</summary>
    public bool IsAmazon { get; }

    public S3Errors Errors { get; }

    public S3Retry Retry { get; }

    public TrafficCounter Traffic { get; } = new();

    /// <summary>Bounds the parts that are on their way, of all objects.</summary>
    public SemaphoreSlim Slots { get; }

    public BlockPool Pool { get; }

    /// <summary>How new objects are locked; <see langword="null"/> when they are not.</summary>
    public S3NewLocks? NewLocks { get; set; }

    /// <summary>Whether this process may read; without, it knows that all names are its own.</summary>
    public bool MayRead { get; set; } = true;

    public string Bucket => Location.Bucket;

    public string KeyOf(string name) => Location.Prefix + name;

    /// <summary>Creates an object in one request, unless there is one of its name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">Gives its content for an attempt.</param>
    /// <param name="cancellationToken">Stops it between attempts.</param>
    /// <returns><see langword="false"/> when the name was taken.</returns>
    public async Task<bool> TryPutAsync(string name, Func<Action, BlockStream> content, CancellationToken cancellationToken)
    {
        var writer = Guid.NewGuid().ToString("n");
        var outcome = await Retry.RunAsync(
            S3Call.Writing(name),
            async clock =>
            {
                using var stream = content(clock.Progress);
                var request = new PutObjectRequest
                {
                    BucketName = Bucket,
                    Key = KeyOf(name),
                    InputStream = stream,
                    AutoCloseStream = false,
                    AutoResetStreamPosition = false,
                    IfNoneMatch = "*",

                    // The content is hashed before it is sent, and every server verifies that.
                    UseChunkEncoding = false,
                    StorageClass = Location.StorageClass is { } storageClass ? new S3StorageClass(storageClass) : null,
                    ServerSideEncryptionMethod = Location.Encryption is { } encryption ? new ServerSideEncryptionMethod(encryption) : null,
                    ServerSideEncryptionKeyManagementServiceKeyId = Location.KmsKey,
                };
                request.Metadata.Add(WriterKey, writer);
                if (NewLocks?.Until(name) is { } until)
                {
                    request.ObjectLockMode = NewLocks.Mode;
                    request.ObjectLockRetainUntilDate = until;
                }

                try
                {
                    return await Client.PutObjectAsync(request, clock.Token).ConfigureAwait(false);
                }
                finally
                {
                    Traffic.Sent(stream.Position);
                }
            },
            isLastWord: true,
            cancellationToken).ConfigureAwait(false);
        return outcome.Answer switch
        {
            null => true,
            S3Cause.Taken => outcome.Attempts > 1 && await IsByAsync(name, writer, cancellationToken).ConfigureAwait(false),
            _ => throw Unexpected(S3Call.Writing(name), outcome.Answer),
        };
    }

    /// <summary>Begins the upload of a large object.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="writer">Who writes it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The id of the upload.</returns>
    public async Task<string> BeginUploadAsync(string name, string writer, CancellationToken cancellationToken)
    {
        var request = new InitiateMultipartUploadRequest
        {
            BucketName = Bucket,
            Key = KeyOf(name),
            StorageClass = Location.StorageClass is { } storageClass ? new S3StorageClass(storageClass) : null,
            ServerSideEncryptionMethod = Location.Encryption is { } encryption ? new ServerSideEncryptionMethod(encryption) : null,
            ServerSideEncryptionKeyManagementServiceKeyId = Location.KmsKey,
        };
        request.Metadata.Add(WriterKey, writer);
        if (NewLocks?.Until(name) is { } until)
        {
            request.ObjectLockMode = NewLocks.Mode;
            request.ObjectLockRetainUntilDate = until;
        }

        var outcome = await Retry.RunAsync(
            S3Call.Writing(name), clock => Client.InitiateMultipartUploadAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        return outcome.Value?.UploadId ?? throw Unexpected(S3Call.Writing(name), outcome.Answer);
    }

    /// <summary>Size and time of an object, and who wrote it; <see langword="null"/> when there is none.</summary>
    public async Task<GetObjectMetadataResponse?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var request = new GetObjectMetadataRequest { BucketName = Bucket, Key = KeyOf(name) };
        var outcome = await Retry.RunAsync(
            S3Call.Reading(name), clock => Client.GetObjectMetadataAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        return outcome.Value ?? (outcome.Answer == S3Cause.Missing ? null : throw Unexpected(S3Call.Reading(name), outcome.Answer));
    }

    /// <summary>Whether an object is there and was written by a certain writer.</summary>
    public async Task<bool> IsByAsync(string name, string writer, CancellationToken cancellationToken) =>
        !MayRead || (await FindAsync(name, cancellationToken).ConfigureAwait(false) is { } found && found.Metadata[WriterKey] == writer);

    /// <summary>For an answer that a question cannot have.</summary>
    public DrException Unexpected(S3Call call, S3Cause? answer) => new(
        DrError.StoreFailure,
        $"{call.Act} in the bucket {Bucket} failed: the server gave an answer that makes no sense ({answer}).",
        "Check that the endpoint is a server that speaks S3.")
    { Subject = call.Name };

    public void Dispose()
    {
        Client.Dispose();
        _connections.Dispose();
        Slots.Dispose();
    }
}
