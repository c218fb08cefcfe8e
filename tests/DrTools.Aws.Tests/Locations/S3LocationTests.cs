using DrTools.Aws.S3;

namespace DrTools.Aws.Tests.Locations;

public sealed class S3LocationTests
{
    [Fact]
    public void Everything_can_be_said()
    {
        var location = S3Location.Parse("s3://my-bucket/a/b/?region=eu-central-1&endpoint=https://s3.example.com:8443/&path-style=false&profile=backup"
            + "&role=arn:aws:iam::123456789012:role/backup&storage-class=standard_ia&sse=aws:kms&sse-kms-key=alias%2Fdr&timeout=20&retry-for=1.5s");
        Assert.Equal(
            ("my-bucket", "a/b/", "eu-central-1", "https://s3.example.com:8443", (bool?)false, "backup"),
            (location.Bucket, location.Prefix, location.Region, location.Endpoint, location.PathStyle, location.Profile));
        Assert.Equal(
            ("arn:aws:iam::123456789012:role/backup", "STANDARD_IA", "aws:kms", "alias/dr", (TimeSpan?)TimeSpan.FromSeconds(20), (TimeSpan?)TimeSpan.FromSeconds(1.5)),
            (location.Role, location.StorageClass, location.Encryption, location.KmsKey, location.Timeout, location.RetryFor));
    }

    [Theory]
    [InlineData("s3://abc", "")]
    [InlineData("S3://abc/", "")]
    [InlineData("s3://abc/x", "x/")]
    [InlineData("s3://abc/x/y//", "x/y/")]
    public void Prefix_is_empty_or_ends_in_a_slash(string text, string prefix) => Assert.Equal(prefix, S3Location.Parse(text).Prefix);

    [Theory]
    [InlineData("s3://abc?regoin=eu-west-1", "A location in S3 has no option \"regoin\"; \"region\" may be meant.")]
    [InlineData("s3://abc?pathstyle=true", "A location in S3 has no option \"pathstyle\"; \"path-style\" may be meant.")]
    [InlineData("s3://abc?storage=GLACIER", "A location in S3 has no option \"storage\"; \"storage-class\" may be meant.")]
    [InlineData("s3://abc?colour=red", "A location in S3 has no option \"colour\".")]
    [InlineData("s3://abc?region", "The option region of the location has no value.")]
    [InlineData("s3://abc?region=a&region=b", "The location names the option region twice.")]
    [InlineData("s3://", "The location names no bucket.")]
    [InlineData("s3://My_Bucket", "\"My_Bucket\" cannot be a bucket: its name has 3 to 63 small letters, digits, hyphens and dots.")]
    [InlineData("s3://ab", "\"ab\" cannot be a bucket: its name has 3 to 63 small letters, digits, hyphens and dots.")]
    [InlineData("s3://abc/a//b", "The prefix \"a//b\" is not made of letters, digits, '.', '_' and '-' in segments divided by '/'.")]
    [InlineData("s3://abc/../b", "The prefix \"../b\" is not made of letters, digits, '.', '_' and '-' in segments divided by '/'.")]
    [InlineData("s3://abc?endpoint=s3.example.com", "The endpoint \"s3.example.com\" is no address of a server: it must start with http:// or https://.")]
    [InlineData("s3://abc?endpoint=http://x/y", "The endpoint \"http://x/y\" must be a server alone, without a path; the bucket comes first in the location.")]
    [InlineData("s3://abc?path-style=yes", "path-style is true or false, not \"yes\".")]
    [InlineData("s3://abc?sse=on", "sse is AES256, aws:kms or aws:kms:dsse, not \"on\".")]
    [InlineData("s3://abc?sse-kms-key=x", "A key of KMS (sse-kms-key) is of use only with sse=aws:kms or sse=aws:kms:dsse.")]
    [InlineData("s3://abc?role=backup", "A role is named by its ARN (arn:aws:iam::123456789012:role/backup), not \"backup\".")]
    [InlineData("s3://abc?timeout=soon", "timeout is a number of seconds up to 3600, not \"soon\".")]
    [InlineData("s3://KEY:SECRET@abc", "Credentials do not belong in a location, which is shown, recorded and passed on.")]
    [InlineData("s3://abc?secret-key=x", "Credentials do not belong in a location, which is shown, recorded and passed on.")]
    [InlineData("s3://abc?endpoint=http://u:p@x", "Credentials do not belong in a location, which is shown, recorded and passed on.")]
    public void What_makes_no_sense_is_told(string text, string message)
    {
        var e = Assert.Throws<DrException>(() => S3Location.Parse(text));
        Assert.Equal(DrError.BadUsage, e.Error);
        Assert.Equal(message, e.Message);
        Assert.NotEmpty(e.Remedy);
    }

    [Fact]
    public void Typo_names_the_options_that_there_are() =>
        Assert.Equal(
            "The options are region, endpoint, path-style, profile, role, storage-class, sse, sse-kms-key, timeout, retry-for and as-of.",
            Assert.Throws<DrException>(() => S3Location.Parse("s3://abc?x=1")).Remedy);

    [Fact]
    public async Task Region_of_Amazon_must_be_known()
    {
        var e = Assert.Throws<DrException>(() => S3Store.Open("s3://abc"));
        Assert.Equal((DrError.BadUsage, "The region of the bucket abc is not known."), (e.Error, e.Message));
        await using var store = S3Store.Open("s3://abc?region=eu-central-1");
        Assert.Equal("s3://abc?region=eu-central-1", store.Location);
    }
}
