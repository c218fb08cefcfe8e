using System.Globalization;

namespace DrTools.Cli.Wal;

/// <summary>
/// Reads the arguments of <c>wal push</c> and <c>wal get</c> without the command tree, which would cost PostgreSQL a
/// third of the time of a segment. What it cannot read is left to the tree, which knows how to complain.
/// </summary>
internal static class WalArguments
{
    public const string PushAhead = "push-ahead";
    public const string GetAhead = "get-ahead";

    public static WalInvocation? TryRead(string[] args)
    {
        if (args.Length < 3 || args[0] != "wal")
        {
            return null;
        }

        WalAction action;
        switch (args[1])
        {
            case "push":
                action = WalAction.Push;
                break;
            case "get":
                action = WalAction.Get;
                break;
            case PushAhead:
                action = WalAction.PushAhead;
                break;
            case GetAhead:
                action = WalAction.GetAhead;
                break;
            default:
                return null;
        }

        List<string> mapping = [], names = [], repositories = [], keyFiles = [], passphraseFiles = [];
        string? spool = null;
        int jobs = 0, limit = 0;
        bool guards = false, json = false, verbose = false, isAsync = false;
        for (var i = 2; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--repo" when value is not null:
                    repositories.Add(value);
                    i++;
                    break;
                case "--key-file" when value is not null:
                    keyFiles.Add(value);
                    i++;
                    break;
                case "--passphrase-file" when value is not null:
                    passphraseFiles.Add(value);
                    i++;
                    break;
                case "--spool" when value is not null:
                    spool = value;
                    i++;
                    break;
                case "--jobs" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out jobs) && jobs is > 0 and <= 32:
                    i++;
                    break;
                case "--spool-limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit > 0:
                    i++;
                    break;
                case "--tablespace-mapping" when value is not null && action == WalAction.Get:
                    mapping.Add(value);
                    i++;
                    break;
                case "--guard-tablespaces" when action == WalAction.Get:
                    guards = true;
                    break;
                case "--async":
                    isAsync = true;
                    break;
                case "--json":
                    json = true;
                    break;
                case "--verbose":
                    verbose = true;
                    break;
                default:
                    if (args[i].StartsWith('-'))
                    {
                        return null;
                    }

                    names.Add(args[i]);
                    break;
            }
        }

        return names.Count != (action is WalAction.Get or WalAction.GetAhead ? 2 : 1)
            ? null
            : new WalInvocation
            {
                Action = action,
                FileName = names.Count == 2 ? names[0] : string.Empty,
                Path = names[^1],
                Repositories = new LogRepositoryChoice(repositories.ToArray(), keyFiles.ToArray(), passphraseFiles.ToArray()),
                IsAsync = isAsync,
                Spool = spool,
                Jobs = jobs,
                SpoolLimit = limit,
                GuardsTablespaces = guards || mapping.Count > 0,
                TablespaceMapping = mapping.ToArray(),
                Json = json,
                Verbose = verbose,
            };
    }
}
