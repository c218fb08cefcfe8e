namespace DrTools.Concurrency;

/// <summary>Asynchronous sequences of what is there already. .NET 9, which the native program is compiled for, has none.</summary>
internal static class AsyncSequence
{
    /// <summary>Nothing.</summary>
    public static IAsyncEnumerable<T> Empty<T>() => Of<T>([]);

    /// <summary>The elements of a sequence.</summary>
    public static async IAsyncEnumerable<T> Of<T>(IEnumerable<T> elements)
    {
        foreach (var element in elements)
        {
            yield return element;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }
}
