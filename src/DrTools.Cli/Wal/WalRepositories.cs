using System.Runtime.CompilerServices;
using DrTools.Aws;
using DrTools.Cli.Secrets;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;

namespace DrTools.Cli.Wal;

/// <summary>The repositories of a <c>wal</c> command. One that cannot be opened keeps the others from nothing.</summary>
internal sealed class WalRepositories : IDisposable
{
    private const string RepositoryVariable = "DRTOOLS_REPOSITORY";

    private readonly List<LogArchive> _archives = [];
    private readonly List<WalRepositoryFailure> _failed = [];

    /// <summary>Those that are open, in their order.</summary>
    public IReadOnlyList<LogArchive> Archives => _archives;

    /// <summary>Those that are not, and why.</summary>
    public IReadOnlyList<WalRepositoryFailure> Failed => _failed;

    /// <summary>Whether a passphrase was stretched, which takes long.</summary>
    public bool UsedPassphrase { get; private set; }

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static WalRepositories Open(LogRepositoryChoice choice)
    {
        var locations = Locations(choice);
        KeyServices.RegisterLater(static () => AwsProvider.Register());
        if (Array.Exists(locations, l => l.Contains("://", StringComparison.Ordinal)))
        {
            RegisterStores();
        }

        var opened = new WalRepositories();
        var secrets = Secrets(choice, locations.Length);
        var factory = new RepositoryFactory();
        for (var i = 0; i < locations.Length; i++)
        {
            try
            {
                using var credential = Find(ref locations[i], secrets[i]) ?? RepositoryCredential.None;
                opened.UsedPassphrase |= credential.Kind == KeySlotKind.Passphrase;
                opened._archives.Add(new LogArchive(factory.Open(locations[i], credential)));
            }
            catch (DrException e)
            {
                opened._failed.Add(new WalRepositoryFailure(locations[i], e));
            }
        }

        return opened;
    }

    /// <summary>Where they are.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static string[] Locations(LogRepositoryChoice choice) => choice.Locations.Length > 0 ? choice.Locations
        : Environment.GetEnvironmentVariable(RepositoryVariable) is { Length: > 0 } location ? [location]
        : throw new DrException(DrError.BadUsage, "No repository was given.", $"Give it with --repo LOCATION (once for each) or in {RepositoryVariable}.");

    public void Dispose()
    {
        foreach (var archive in _archives)
        {
            archive.Repository.Close();
        }
    }

    /// <summary>Costs the loading of a library, which a program that is started for every segment pays only where it must.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RegisterStores() => AwsProvider.Register();

    /// <summary>What opens each.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static SecretChoice[] Secrets(LogRepositoryChoice choice, int count)
    {
        var (keyFiles, passphraseFiles) = (choice.KeyFiles, choice.PassphraseFiles);
        if (keyFiles.Length == 0 && passphraseFiles.Length == 0)
        {
            keyFiles = FromEnvironment(SecretChoice.KeyFileVariable);
            passphraseFiles = keyFiles.Length == 0 ? FromEnvironment(SecretChoice.PassphraseFileVariable) : [];
        }

        if ((keyFiles.Length > 0 && passphraseFiles.Length > 0) || !IsCount(keyFiles.Length) || !IsCount(passphraseFiles.Length))
        {
            throw new DrException(
                DrError.BadUsage,
                $"The secrets do not fit the repositories: {keyFiles.Length} key files and {passphraseFiles.Length} passphrase files for {count} repositories.",
                "Give one --key-file for all repositories or one for each, in their order ('-' for a repository without a secret).");
        }

        var secrets = new SecretChoice[count];
        for (var i = 0; i < count; i++)
        {
            secrets[i] = new SecretChoice(Of(passphraseFiles, i), Of(keyFiles, i), IsUnencrypted: false, "--key-file");
        }

        return secrets;

        bool IsCount(int given) => given is 0 or 1 || given == count;
        static string? Of(string[] files, int index) => files.Length == 0 || files[Math.Min(index, files.Length - 1)] is "-" ? null : files[Math.Min(index, files.Length - 1)];
    }

    /// <summary>What opens a repository; of one that is named by a plan also where it is.</summary>
    private static RepositoryCredential? Find(ref string location, SecretChoice secret) =>
        location.StartsWith("plan:", StringComparison.OrdinalIgnoreCase) ? FindPlanned(ref location, secret) : secret.Load();

    /// <summary>Costs the loading of a library, too.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RepositoryCredential FindPlanned(ref string location, SecretChoice secret)
    {
        var planned = PlannedName.Repository(location);
        if (planned.Location.Contains("://", StringComparison.Ordinal))
        {
            RegisterStores();
        }

        location = planned.Location;
        return new PlanRepositories(PlanAccess.Secrets(secret)).Credential(planned);
    }

    private static string[] FromEnvironment(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? [value] : [];
}

/// <summary>A repository that could not be opened.</summary>
internal sealed record WalRepositoryFailure(string Location, DrException Error);
