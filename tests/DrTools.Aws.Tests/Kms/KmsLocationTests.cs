using DrTools.Aws.Kms;

namespace DrTools.Aws.Tests.Kms;

public sealed class KmsLocationTests
{
    private const string Arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    [Fact]
    public void Options_are_read_and_what_is_recorded_leaves_out_what_is_of_this_host()
    {
        var location = KmsLocation.Parse("aws-kms://alias/backup?region=eu-central-1&endpoint=http://localhost:5000&profile=ops&timeout=3s&context.team=a%26b&context.app=shop");
        Assert.Equal("alias/backup", location.Key);
        Assert.Equal("eu-central-1", location.Region);
        Assert.Equal("ops", location.Profile);
        Assert.Equal(TimeSpan.FromSeconds(3), location.Timeout);
        Assert.Equal("a&b", location.Context["team"]);
        var recorded = location.Recorded(Arn);
        Assert.Equal($"aws-kms://{Arn}?endpoint=http://localhost:5000&context.app=shop&context.team=a%26b", recorded);
        Assert.Equal(recorded, KmsLocation.Parse(recorded).Recorded(Arn));
    }

    [Theory]
    [InlineData("aws-kms://" + Arn)]
    [InlineData("aws-kms://arn:aws:kms:eu-central-1:111122223333:alias/backup")]
    public void An_ARN_tells_the_region(string text) => Assert.Equal("eu-central-1", KmsLocation.Parse(text).Region);

    [Theory]
    [InlineData("aws-kms://backup", "\"backup\" is no key of AWS KMS")]
    [InlineData("aws-kms://", "\"\" is no key")]
    [InlineData("aws-kms://alias/b?colour=red", "no option \"colour\"")]
    [InlineData("aws-kms://alias/b?region=", "has no value")]
    [InlineData("aws-kms://alias/b?region=a&region=b", "twice")]
    [InlineData("aws-kms://" + Arn + "?region=us-east-1", "is in the region eu-central-1, not in us-east-1")]
    [InlineData("aws-kms://alias/b?endpoint=localhost:5000", "is no address of a server")]
    [InlineData("aws-kms://alias/b?endpoint=http://user:secret@localhost", "Credentials do not belong")]
    [InlineData("aws-kms://alias/b?secret-key=x", "Credentials do not belong")]
    [InlineData("aws-kms://alias/b?context.aws:x=1", "cannot have a pair named \"aws:x\"")]
    [InlineData("aws-kms://alias/b?context.drtools-repository=1", "that name is taken")]
    [InlineData("aws-kms://alias/b?context.=1", "it needs a name")]
    [InlineData("aws-kms://alias/b?timeout=forever", "timeout is a number of seconds")]
    public void Nonsense_is_refused_and_named(string text, string said)
    {
        var error = Assert.Throws<DrException>(() => KmsLocation.Parse(text));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("user:secret", error.Message, StringComparison.Ordinal);
    }
}
