using System.Globalization;
using DrTools.Stores;

namespace DrTools.Repositories.Locks;

/// <summary>
/// What is known of locks without asking for each: objects <c>locks/SUBJECT-TIME</c> say that everything the subject (a backup,
/// or the repository itself) needs is locked until that time at least. Sealed, because one that lies would keep locks from
/// being extended.
/// </summary>
internal sealed class LockMarkers
{
    public const string Prefix = "locks/";

    /// <summary>The subject that stands for headers, journal and logs.</summary>
    public const string OfRepository = "repository";

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";

    private readonly Repository _repository;
    private readonly Dictionary<string, DateTimeOffset> _until = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _names = new(StringComparer.Ordinal);

    private LockMarkers(Repository repository) => _repository = repository;

    /// <summary>Subjects that have markers.</summary>
    public IEnumerable<string> Subjects => _names.Keys;

    /// <summary>Reads all of them. One that is damaged, or that somebody without the key put there, counts for nothing.</summary>
    public static async ValueTask<LockMarkers> ReadAsync(Repository repository, CancellationToken cancellationToken)
    {
        var markers = new LockMarkers(repository);
        await foreach (var stored in repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            var (subject, until) = Split(stored.Name);
            if (subject is null || !await IsAuthenticAsync(repository, stored, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            markers.Note(stored.Name, subject, until);
        }

        return markers;
    }

    /// <summary>Until when a subject is known to be locked.</summary>
    public DateTimeOffset? Of(string subject) => _until.TryGetValue(subject, out var until) ? until : null;

    /// <summary>Puts a marker in place of those that a subject has.</summary>
    public async ValueTask SetAsync(string subject, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var name = $"{Prefix}{subject}-{until.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}";
        await _repository.Store.TryPutAsync(name, _repository.Seal(EnvelopeKind.LockMarker, name, []), cancellationToken).ConfigureAwait(false);
        var outdated = _names.GetValueOrDefault(subject)?.Where(n => n != name).ToList() ?? [];
        Note(name, subject, until);
        await RemoveAsync(outdated, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes the markers of what is gone.</summary>
    public ValueTask ForgetAsync(string subject, CancellationToken cancellationToken) =>
        _names.Remove(subject, out var names) ? RemoveAsync(names, cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask RemoveAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            await _repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Note(string name, string subject, DateTimeOffset until)
    {
        if (!_names.TryGetValue(subject, out var names))
        {
            _names.Add(subject, names = []);
        }

        names.Add(name);
        _until[subject] = Of(subject) is { } other && other > until ? other : until;
    }

    private static (string? Subject, DateTimeOffset Until) Split(string name)
    {
        var dash = name.LastIndexOf('-');
        return dash > Prefix.Length && DateTimeOffset.TryParseExact(name.AsSpan(dash + 1), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? (name[Prefix.Length..dash], until)
            : (null, default);
    }

    private static async ValueTask<bool> IsAuthenticAsync(Repository repository, StoredObject stored, CancellationToken cancellationToken)
    {
        try
        {
            await repository.OpenAsync(EnvelopeKind.LockMarker, stored, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return false;
        }
    }
}
