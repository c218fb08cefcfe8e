using System.Text;
using System.Text.RegularExpressions;
using DrTools.Trees;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Trees;

public sealed class PathPatternTests
{
    // A path that ends in a slash is a folder.
    [Theory]
    [InlineData("*.conf", "a.conf")]
    [InlineData("*.conf", "etc/nginx/a.conf")]
    [InlineData("*.conf", ".conf")]
    [InlineData("*.conf", "etc/a.conf/")]
    [InlineData("**.conf", "etc/a.conf")]
    [InlineData("nginx", "etc/nginx/")]
    [InlineData("nginx/", "etc/nginx/")]
    [InlineData("/etc", "etc/")]
    [InlineData("/etc/", "etc/")]
    [InlineData("etc/nginx", "etc/nginx")]
    [InlineData("etc/*", "etc/nginx")]
    [InlineData("etc/**", "etc/nginx/conf.d/a")]
    [InlineData("/**", "etc")]
    [InlineData("**", "etc/nginx")]
    [InlineData("**/", "etc/")]
    [InlineData("*", "etc/nginx")]
    [InlineData("**/a", "a")]
    [InlineData("**/a", "x/y/a")]
    [InlineData("a/**/b", "a/b")]
    [InlineData("a/**/b", "a/x/y/b")]
    [InlineData("a/**/b", "a/b/x/b")]
    [InlineData("a/**/**/b", "a/b")]
    [InlineData("a/**/b/**/c", "a/b/b/x/c")]
    [InlineData("**/*.log", "var/log/x.log")]
    [InlineData("file?", "file1")]
    [InlineData("file?", "fileé")]
    [InlineData("f[abc]x", "fbx")]
    [InlineData("f[a-c]x", "fbx")]
    [InlineData("f[!a-c]x", "fdx")]
    [InlineData("f[^a-c]x", "fdx")]
    [InlineData("f[]x]", "f]")]
    [InlineData("f[a-]", "f-")]
    [InlineData("f[é-ü]", "fö")]
    [InlineData("f[\\]]", "f]")]
    [InlineData("\\*", "*")]
    [InlineData("\\!x", "!x")]
    [InlineData("a\\[b", "a[b")]
    [InlineData("a b ", "a b ")]
    [InlineData("*a*b*", "xxaxxbxx")]
    [InlineData("*é", "aé")]
    [InlineData("#x", "#x")]
    [InlineData("\\x5Cn", "\\n")]
    [InlineData("\\xC3\\xA9", "é")]
    [InlineData("a\\xzz", "axzz")]
    public void Matches(string pattern, string path) => Assert.True(IsMatch(pattern, path));

    [Theory]
    [InlineData("*.conf", "a.config")]
    [InlineData("*.conf", "etc.conf/a")]
    [InlineData("nginx/", "etc/nginx")]
    [InlineData("/etc", "x/etc")]
    [InlineData("etc/nginx", "x/etc/nginx")]
    [InlineData("etc/nginx", "etc/nginx/a")]
    [InlineData("etc/*", "etc/nginx/a")]
    [InlineData("etc/*", "etc/")]
    [InlineData("etc/**", "etc/")]
    [InlineData("etc/**/", "etc/nginx")]
    [InlineData("/**", "")]
    [InlineData("**", "")]
    [InlineData("*", "")]
    [InlineData("a/**/b", "ab")]
    [InlineData("a/**/b", "a/xb")]
    [InlineData("a**b/c", "a/b/c")]
    [InlineData("a?b", "a/b")]
    [InlineData("a[!x]b", "a/b")]
    [InlineData("file?", "file")]
    [InlineData("f[a-c]x", "fdx")]
    [InlineData("f[!a-c]x", "fbx")]
    [InlineData("*[!é]", "é")]
    [InlineData("??", "é")]
    [InlineData("\\*", "a")]
    [InlineData("ETC", "etc")]
    public void Does_not_match(string pattern, string path) => Assert.False(IsMatch(pattern, path));

    [Theory]
    [InlineData("*.conf", "etc/a.conf", true)]
    [InlineData("etc/nginx", "etc/nginx/conf.d/a", true)]
    [InlineData("etc/nginx", "etc/nginx/", true)]
    [InlineData("etc/nginx/", "etc/nginx/a", true)]
    [InlineData("etc/nginx/**", "etc/nginx/conf.d/a", true)]
    [InlineData("etc/nginx/**", "etc/nginx/", false)]
    [InlineData("nginx", "etc/nginx/conf.d/a", true)]
    [InlineData("etc/nginx", "etc/nginx2/a", false)]
    [InlineData("etc/nginx", "etc/", false)]
    [InlineData("conf.d/", "etc/conf.d", false)]
    public void Includes_what_lies_below(string pattern, string path, bool expected) =>
        Assert.Equal(expected, PathPattern.Parse(pattern).Includes(Bytes(path), path.EndsWith('/')));

    [Fact]
    public void Names_need_not_be_text()
    {
        byte[] name = [(byte)'a', 0xE9, (byte)'b'];
        Assert.True(PathPattern.Parse("a?b").IsMatch(name, false));
        Assert.True(PathPattern.Parse("a*").IsMatch(name, false));
        Assert.True(PathPattern.Parse("a[!x]b").IsMatch(name, false));
        Assert.True(PathPattern.Parse("a\\xE9b").IsMatch(name, false));
        Assert.True(PathPattern.Parse("a[\\xE0-\\xFF]b").IsMatch(name, false));
        Assert.True(PathPattern.Parse("?\\xE9?").IsMatch(name, false));
        Assert.False(PathPattern.Parse("aéb").IsMatch(name, false));
        Assert.False(PathPattern.Parse("a\\xE8b").IsMatch(name, false));
    }

    [Theory]
    [InlineData("", "The pattern '' makes no sense: it is empty.")]
    [InlineData("/", "The pattern '/' makes no sense: it is empty.")]
    [InlineData("//", "The pattern '//' makes no sense: it is empty.")]
    [InlineData("a//b", "The pattern 'a//b' makes no sense: it has the component '', which no path has.")]
    [InlineData("./a", "The pattern './a' makes no sense: it has the component '.', which no path has.")]
    [InlineData("../a", "The pattern '../a' makes no sense: it has the component '..', which no path has.")]
    [InlineData("a[bc", "The pattern 'a[bc' makes no sense: the bracket of '[bc' is not closed.")]
    [InlineData("a[", "The pattern 'a[' makes no sense: the bracket of '[' is not closed.")]
    [InlineData("a[]", "The pattern 'a[]' makes no sense: the bracket of '[]' is not closed.")]
    [InlineData("a[b/c]", "The pattern 'a[b/c]' makes no sense: the bracket of '[b' is not closed.")]
    [InlineData("a[z-a]", "The pattern 'a[z-a]' makes no sense: a range in '[z-a]' ends before it starts.")]
    [InlineData("[[:alpha:]]", "The pattern '[[:alpha:]]' makes no sense: it has a class such as [:alpha:]; write the characters, as in [A-Za-z].")]
    [InlineData("a\\", "The pattern 'a\\' makes no sense: nothing follows its last '\\'.")]
    [InlineData("!a", "The pattern '!a' makes no sense: it starts with '!', and patterns cannot be negated.")]
    [InlineData("a\0b", "The pattern 'a\0b' makes no sense: it is not valid text.")]
    [InlineData("a\\x2Fb", "The pattern 'a\\x2Fb' makes no sense: it has a NUL or an escaped '/', which no name has.")]
    public void Refuses(string pattern, string message)
    {
        var error = Assert.Throws<DrException>(() => PathPattern.Parse(pattern));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Equal(message, error.Message);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void Refuses_half_a_surrogate() => Assert.Throws<DrException>(() => PathPattern.Parse("a\uD800"));

    // With backtracking this would not end.
    [Fact]
    public void Many_stars_take_no_longer_than_few()
    {
        var name = new byte[100_000];
        name.AsSpan().Fill((byte)'a');
        Assert.False(PathPattern.Parse(string.Concat(Enumerable.Repeat("a*", 30)) + "b").IsMatch(name, false));
        Assert.False(PathPattern.Parse(string.Concat(Enumerable.Repeat("a/**/", 30)) + "b").IsMatch(Bytes(string.Concat(Enumerable.Repeat("a/", 10_000)) + "c"), false));
    }

    [Fact]
    public void A_displayed_name_is_a_pattern_for_itself()
    {
        var names = ArbMap.Default.GeneratorFor<byte[]>()
            .Select(bytes => bytes.Where(b => b is not 0 and not (byte)'/' and not (byte)'*' and not (byte)'?' and not (byte)'[').ToArray())
            .Where(bytes => bytes.Length > 0 && !bytes.SequenceEqual("."u8.ToArray()) && !bytes.SequenceEqual(".."u8.ToArray()) && bytes[0] != (byte)'!');
        Prop.ForAll(names.ToArbitrary(), name => PathPattern.Parse(TreePath.Display(name)).IsMatch(name, false)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Agrees_with_a_backtracking_matcher()
    {
        static Gen<string> Of(params string[] parts) => Gen.ArrayOf(Gen.Elements(parts)).Select(string.Concat);
        var cases = from pattern in Of("a", "b", "*", "?", "/", "**/", "/**", "[ab]", "[!b]", "é")
                    from path in Of("a", "b", "é", "/a", "/b", "a/")
                    select (pattern, path);
        Prop.ForAll(
            cases.ToArbitrary(),
            c =>
            {
                if (!TreePath.IsSafe(Encoding.UTF8.GetBytes(c.path)) || TryParse(c.pattern) is not { } pattern)
                {
                    return;
                }

                Assert.Equal(Regex.IsMatch(c.path, AsRegex(c.pattern)) && c.path != "", pattern.IsMatch(Encoding.UTF8.GetBytes(c.path), true));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    private static PathPattern? TryParse(string pattern)
    {
        try
        {
            return PathPattern.Parse(pattern);
        }
        catch (DrException)
        {
            return null;
        }
    }

    private static string AsRegex(string pattern)
    {
        var body = pattern.TrimEnd('/');
        var components = body.TrimStart('/').Split('/');
        var regex = new StringBuilder(body.Contains('/', StringComparison.Ordinal) ? @"\A" : @"\A(?:[^/]+/)*");
        for (var i = 0; i < components.Length; i++)
        {
            var last = i == components.Length - 1;
            regex.Append(components[i] == "**"
                ? last ? "[^/]+(?:/[^/]+)*" : "(?:[^/]+/)*"
                : components[i].Replace("*", "[^/]*", StringComparison.Ordinal).Replace("?", "[^/]", StringComparison.Ordinal).Replace("[!", "[^/", StringComparison.Ordinal) + (last ? "" : "/"));
        }

        return regex.Append(@"\z").ToString();
    }

    private static bool IsMatch(string pattern, string path) => PathPattern.Parse(pattern).IsMatch(Bytes(path), path.EndsWith('/'));

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path.TrimEnd('/'));
}
