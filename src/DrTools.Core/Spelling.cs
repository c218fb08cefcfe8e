namespace DrTools;

/// <summary>Finds the word that was probably meant.</summary>
public static class Spelling
{
    /// <summary>The known word closest to the given one; <see langword="null"/> when none is close.</summary>
    public static string? Closest(string given, IEnumerable<string> known)
    {
        var (closest, least) = ((string?)null, Math.Max(1, given.Length / 3) + 1);
        foreach (var word in known)
        {
            var distance = word.StartsWith(given, StringComparison.OrdinalIgnoreCase) && given.Length > 2 ? 1 : Distance(given, word);
            if (distance < least)
            {
                (closest, least) = (word, distance);
            }
        }

        return closest;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var (before, previous, current) = (new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray(), new int[b.Length + 1]);
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], before[j - 2] + 1);
                }
            }

            (before, previous, current) = (previous, current, before);
        }

        return previous[b.Length];
    }
}
