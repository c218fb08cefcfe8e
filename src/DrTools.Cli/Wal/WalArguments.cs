namespace DrTools.Cli.Wal;

/// <summary>
/// Reads the arguments of <c>wal push</c> and <c>wal get</c> without the command tree, which would cost PostgreSQL a
/// third of the time of a segment. What it cannot read is left to the tree, which knows how to complain.
/// </summary>
internal static class WalArguments
{
    public static WalInvocation? TryRead(string[] args)
    {
        if (args.Length < 3 || args[0] != "wal" || args[1] is not ("push" or "get"))
        {
            return null;
        }

        var isGet = args[1] == "get";
        var names = new List<string>(2);
        List<string> repositories = [], keyFiles = [], passphraseFiles = [];
        bool json = false, verbose = false;
        for (var i = 2; i < args.Length; i++)
        {
            var list = args[i] switch
            {
                "--repo" => repositories,
                "--key-file" => keyFiles,
                "--passphrase-file" => passphraseFiles,
                _ => null,
            };
            if (list is not null)
            {
                if (++i == args.Length)
                {
                    return null;
                }

                list.Add(args[i]);
            }
            else if (args[i] == "--json")
            {
                json = true;
            }
            else if (args[i] == "--verbose")
            {
                verbose = true;
            }
            else if (args[i].StartsWith('-'))
            {
                return null;
            }
            else
            {
                names.Add(args[i]);
            }
        }

        return names.Count != (isGet ? 2 : 1)
            ? null
            : new WalInvocation
            {
                IsGet = isGet,
                FileName = isGet ? names[0] : string.Empty,
                Path = names[^1],
                Repositories = [.. repositories],
                KeyFiles = [.. keyFiles],
                PassphraseFiles = [.. passphraseFiles],
                Json = json,
                Verbose = verbose,
            };
    }
}
