namespace DrTools.Aws.S3;

/// <summary>Something asked of the server, for counting and for messages.</summary>
/// <param name="Request">What it is charged as.</param>
/// <param name="Act">In words, as the start of a sentence (<c>Reading packs/1</c>).</param>
/// <param name="Name">The object; empty when it is about none.</param>
/// <param name="Permission">What a policy must allow.</param>
internal sealed record S3Call(S3Request Request, string Act, string Name, string Permission)
{
    public bool Writes => Request is S3Request.Put or S3Request.Delete;

    public static S3Call Reading(string name) => new(S3Request.Get, $"Reading {name}", name, "s3:GetObject");

    public static S3Call Writing(string name) => new(S3Request.Put, $"Writing {name}", name, "s3:PutObject");

    public static S3Call Removing(string name) => new(S3Request.Delete, $"Removing {name}", name, "s3:DeleteObject");

    public static S3Call GivingUp(string name) => new(S3Request.Delete, $"Giving up the upload of {name}", name, "s3:AbortMultipartUpload");

    public static S3Call Listing(string prefix) => new(S3Request.List, prefix.Length == 0 ? "Listing the objects" : $"Listing {prefix}", prefix, "s3:ListBucket");

    public static S3Call ListingUploads() => new(S3Request.List, "Listing unfinished uploads", string.Empty, "s3:ListBucketMultipartUploads");
}

/// <summary>What came of a call.</summary>
/// <param name="Value">What was returned; <see langword="null"/> when there is another answer.</param>
/// <param name="Answer">Why nothing was returned.</param>
/// <param name="Attempts">How many attempts it took: after the first, an earlier one may have done it.</param>
internal readonly record struct S3Outcome<T>(T? Value, S3Cause? Answer, int Attempts)
    where T : class;
