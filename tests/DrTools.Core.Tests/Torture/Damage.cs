using DrTools.Repositories.Packs;

namespace DrTools.Tests.Torture;

/// <summary>Something that happens to objects of a repository.</summary>
/// <param name="What">In words.</param>
/// <param name="Objects">The objects that it happens to.</param>
/// <param name="Lost">For each object that is a pack, whether a frame of it is lost.</param>
internal sealed record Damage(string What, IReadOnlyList<string> Objects, Func<string, PackedFrame, bool> Lost)
{
    private static readonly string[] PackParts = ["prologue", "frame header", "frame", "directory", "trailer"];

    /// <summary>Flips one random bit in a random object of a kind.</summary>
    public static Damage Flip(StoredFiles files, ContentOracle oracle, Random random, string prefix)
    {
        var name = Any(files.Of(prefix), random);
        var content = files.Content[name].ToArray();
        var (from, to, part) = (0, content.Length, "object");
        if (name.StartsWith("packs/", StringComparison.Ordinal))
        {
            var frames = oracle.FramesOf(name);
            var frame = frames[random.Next(frames.Count)];
            var end = (int)(frames[^1].Offset + frames[^1].StoredLength);
            part = Any(PackParts, random);
            (from, to) = part switch
            {
                "prologue" => (0, PackFormat.PrologueLength),
                "frame header" => ((int)frame.Offset, (int)frame.Offset + PackFormat.FrameHeaderLength),
                "frame" => ((int)frame.Offset, (int)frame.Offset + frame.StoredLength),
                "directory" => (end, content.Length - PackFormat.TrailerLength),
                _ => (content.Length - PackFormat.TrailerLength, content.Length),
            };
        }

        var (at, bit) = (random.Next(from, to), random.Next(8));
        content[at] ^= (byte)(1 << bit);
        files.Write(name, content);
        return new Damage($"bit {bit} of byte {at} ({part}) of {name}", [name], (_, f) => at >= f.Offset && at < f.Offset + f.StoredLength);
    }

    public static Damage Truncate(StoredFiles files, Random random, string prefix)
    {
        var name = Any(files.Of(prefix), random);
        var length = random.Next(files.Content[name].Length);
        files.Write(name, files.Content[name][..length]);
        return new Damage($"{name} truncated to {length} bytes", [name], (_, f) => f.Offset + f.StoredLength > length);
    }

    public static Damage Append(StoredFiles files, Random random, string prefix)
    {
        var name = Any(files.Of(prefix), random);
        files.Write(name, [.. files.Content[name], (byte)random.Next(256)]);
        return new Damage($"a byte appended to {name}", [name], (_, _) => false);
    }

    public static Damage Delete(StoredFiles files, Random random, IReadOnlyList<string> candidates)
    {
        var name = Any(candidates, random);
        files.Delete(name);
        return new Damage($"{name} deleted", [name], (_, _) => true);
    }

    public static Damage Swap(StoredFiles files, Random random, string prefix)
    {
        var candidates = files.Of(prefix);
        var first = Any(candidates, random);
        var second = Any([.. candidates.Where(c => c != first)], random);
        files.Write(first, files.Content[second]);
        files.Write(second, files.Content[first]);
        return new Damage($"{first} and {second} swapped", [first, second], (_, _) => true);
    }

    private static T Any<T>(IReadOnlyList<T> of, Random random) => of[random.Next(of.Count)];
}
