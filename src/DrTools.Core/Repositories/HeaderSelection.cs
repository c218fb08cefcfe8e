namespace DrTools.Repositories;

/// <summary>Finds the header that counts among the copies that are there.</summary>
internal sealed class HeaderSelection(string location)
{
    private readonly List<string> _names = [];
    private readonly List<RepositoryHeaderCopy> _whole = [];
    private readonly List<DrException> _newer = [];
    private int _newestUnreadable = -1;

    /// <summary>Adds a copy that was read; an empty one for what is too long to be one.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        _names.Add(name);
        try
        {
            if (content.Length <= RepositoryHeader.MaximumLength && RepositoryHeader.TryParse(content) is { } copy && copy.Header.IsNamed(name))
            {
                _whole.Add(copy);
            }
        }
        catch (DrException e) when (e.Error == DrError.RepositoryNewerFormat)
        {
            _newer.Add(e);
            _newestUnreadable = Math.Max(_newestUnreadable, RepositoryHeader.GenerationOf(name) ?? 0);
        }
    }

    /// <summary>The whole copies of the newest generation that has any.</summary>
    /// <exception cref="DrException"><see cref="DrError.RepositoryMissing"/>, <see cref="DrError.RepositoryHeaderDamaged"/> or
    /// <see cref="DrError.RepositoryNewerFormat"/>.</exception>
    public List<RepositoryHeaderCopy> Newest()
    {
        if (_names.Count == 0)
        {
            throw new DrException(
                DrError.RepositoryMissing,
                $"There is no repository at {location}.",
                "Check the location, or create a repository there first (drtools init, New-DrRepository).");
        }

        var newest = -1;
        foreach (var copy in _whole)
        {
            newest = Math.Max(newest, copy.Header.Generation);
        }

        if (_newestUnreadable >= newest && _newer.Count > 0)
        {
            throw _newer[^1];
        }

        if (newest < 0)
        {
            throw new DrException(
                DrError.RepositoryHeaderDamaged,
                $"Every copy of the header of {location} is damaged ({string.Join(", ", _names)}).",
                "Put back the header of a recovery kit (drtools kit) or of another copy of this repository.");
        }

        return _whole.FindAll(c => c.Header.Generation == newest);
    }
}
