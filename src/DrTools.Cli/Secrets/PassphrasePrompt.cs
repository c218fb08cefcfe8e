using System.Security.Cryptography;
using System.Runtime.InteropServices;
using DrTools.Repositories.Keys;

namespace DrTools.Cli.Secrets;

/// <summary>Asks for a passphrase at the terminal, without showing it.</summary>
internal static class PassphrasePrompt
{
    private const int MaximumLength = 1024;

    public static bool IsPossible => !Console.IsInputRedirected;

    public static async Task<RepositoryCredential> AskAsync(string location, CancellationToken cancellationToken)
    {
        var typed = await ReadAsync($"Passphrase of {location}: ", cancellationToken).ConfigureAwait(false);
        return Use(typed);
    }

    public static async Task<RepositoryCredential> AskTwiceAsync(CancellationToken cancellationToken)
    {
        var first = await ReadAsync("New passphrase: ", cancellationToken).ConfigureAwait(false);
        var second = await ReadAsync("The same again: ", cancellationToken).ConfigureAwait(false);
        var same = first.AsSpan().SequenceEqual(second);
        Wipe(second);
        if (same)
        {
            return Use(first);
        }

        Wipe(first);
        throw new DrException(DrError.BadUsage, "The two passphrases differ.", "Run it again and type the same one twice.");
    }

    private static RepositoryCredential Use(char[] typed)
    {
        try
        {
            return RepositoryCredential.FromPassphrase(typed);
        }
        finally
        {
            Wipe(typed);
        }
    }

    /// <summary>The read blocks beyond any cancellation, so it is left behind: the runtime restores the terminal when
    /// the process ends.</summary>
    private static async Task<char[]> ReadAsync(string prompt, CancellationToken cancellationToken)
    {
        await Console.Error.WriteAsync(prompt).ConfigureAwait(false);
        try
        {
            return await Task.Run(Read, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static char[] Read()
    {
        var buffer = GC.AllocateArray<char>(MaximumLength, pinned: true);
        var length = 0;
        try
        {
            while (true)
            {
                var key = Console.ReadKey(intercept: true);
                if (key.Key == ConsoleKey.Enter)
                {
                    Console.Error.WriteLine();
                    return CopyPinned(buffer.AsSpan(0, length));
                }

                if (key.Key == ConsoleKey.Backspace)
                {
                    length = Math.Max(0, length - 1);
                }
                else if (!char.IsControl(key.KeyChar) && length < MaximumLength)
                {
                    buffer[length++] = key.KeyChar;
                }
            }
        }
        finally
        {
            Wipe(buffer);
        }
    }

    private static char[] CopyPinned(ReadOnlySpan<char> typed)
    {
        var copy = GC.AllocateArray<char>(typed.Length, pinned: true);
        typed.CopyTo(copy);
        return copy;
    }

    private static void Wipe(char[] typed) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(typed.AsSpan()));
}
