using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Locks;
using DrTools.Stores;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools init</c>: creates a repository.</summary>
internal sealed class InitCommand : CliCommand
{
    private readonly Argument<string> _location = new("location") { Description = "A new or empty folder." };
    private readonly SecretOptions _secret = SecretOptions.ForCreating();
    private readonly PlaceOptions _place = new();
    private readonly Option<ObjectLockMode?> _lock = ChoiceOption.Create<ObjectLockMode>("--object-lock", "Lock every object, so that until a time nobody can remove or change it. Needs a bucket with Object Lock.");
    private readonly Option<int?> _days = NumberOption.Create("--retention-days", "How many days ahead everything that is kept is locked.", 1, LockPolicy.MaximumDays);

    public InitCommand()
        : base("init", "Create a repository.")
    {
        Arguments.Add(_location);
        _secret.AddTo(this);
        _place.AddTo(this);
        Options.Add(_lock);
        Options.Add(_days);
    }

    protected override string WhenInterrupted => "If the folder now holds anything, empty it before the next try.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var planned = PlannedName.Is(run.Get(_location)) ? PlannedName.Repository(run.Get(_location)!) : null;
        var place = new RepositoryPlace(_place.Medium(run) ?? planned?.Place.Medium, _place.Site(run) ?? planned?.Place.Site);
        using var secret = planned is { HasSecret: true } && !_secret.AreGiven(run)
            ? new PlanRepositories(new PlanSecrets()).Credential(planned)
            : await _secret.Read(run).LoadNewAsync(run.Cancellation).ConfigureAwait(false);
        var repository = await new RepositoryFactory().CreateAsync(planned?.Location ?? run.Get(_location)!, secret, place, Locks(run), run.Cancellation).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            run.Output.Summary(RepositoryDocument.Of(repository), CliJson.Documents.RepositoryDocument, text =>
            {
                text.WriteLine($"Created the repository {repository.Location} ({repository.Id}).");
                text.WriteLine(repository.Keys[0].KmsKey is { } kmsKey
                    ? $"It opens with {kmsKey} only: if that is ever deleted, or its account lost, nothing can be read. Add a passphrase that lies elsewhere (drtools key add)."
                    : repository.IsEncrypted
                    ? "It opens with this secret only: keep a copy of it elsewhere, and a recovery kit (drtools kit)."
                    : "It is not encrypted: whoever can read the folder can read the backups.");
                if (repository.LockPolicy is { } locks)
                {
                    text.WriteLine($"Its objects are locked ({Scalars.Word(locks.Mode)}), and what is kept is always locked {Figures.Count(locks.RetentionDays, "day")} ahead.");
                }
            });
            return ExitCode.Done;
        }
    }

    private LockPolicy? Locks(CommandRun run) => (run.Get(_lock), run.Get(_days)) switch
    {
        (null, null) => null,
        ({ } mode, { } days) => new LockPolicy(mode, days),
        _ => throw new DrException(DrError.BadUsage, "--object-lock and --retention-days belong together: one was given without the other.", "Give both, or neither."),
    };
}
