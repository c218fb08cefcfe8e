using System.Globalization;

namespace DrTools.Tests.Paged;

/// <summary>
/// Files made of pages as a database has them: each page knows when it was changed last, as a page of PostgreSQL does by
/// its LSN. A clock counts the changes.
/// </summary>
internal sealed class PagedFiles(int seed, int pageSize = 512)
{
    private readonly Random _random = new(seed);
    private int _names;

    public int PageSize { get; } = pageSize;

    /// <summary>The time of the last change.</summary>
    public long Clock { get; private set; } = 1;

    public SortedDictionary<string, PagedFile> Files { get; } = new(StringComparer.Ordinal);

    public byte[] this[string name] => Files[name].Content;

    /// <summary>A new file, with random pages, some of zeros.</summary>
    public string Add(int length, string? name = null)
    {
        name ??= $"{(_random.Next(3) == 0 ? "global" : "base")}/{_names++}";
        Files[name] = new PagedFile { Content = [], ChangedAt = [] };
        Resize(name, length);
        return name;
    }

    /// <summary>Writes a page anew.</summary>
    public void Write(string name, int page, bool zeros = false)
    {
        var file = Files[name];
        var content = file.Content.AsSpan(page * PageSize);
        content = content[..Math.Min(PageSize, content.Length)];
        if (zeros)
        {
            content.Clear();
        }
        else
        {
            // Shrinks to about a half.
            _random.NextBytes(content[..((content.Length + 1) / 2)]);
        }

        file.ChangedAt[page] = ++Clock;
    }

    /// <summary>Cuts a file off, or extends it with new pages.</summary>
    public void Resize(string name, int length)
    {
        var file = Files[name];
        var before = file.Content.Length;
        var content = file.Content;
        var changed = file.ChangedAt;
        Array.Resize(ref content, length);
        Array.Resize(ref changed, (length + PageSize - 1) / PageSize);
        file.Content = content;
        file.ChangedAt = changed;

        // The last page of the shorter one is another one now.
        for (var page = Math.Max(0, (Math.Min(before, length) - 1) / PageSize); page < changed.Length; page++)
        {
            if (page * PageSize >= before || (page + 1) * PageSize > Math.Min(before, length))
            {
                Write(name, page, zeros: _random.Next(8) == 0);
            }
        }
    }

    /// <summary>Something that happens to the files of a database.</summary>
    public void Change()
    {
        if (Files.Count < 3)
        {
            Add(_random.Next(40 * PageSize));
            return;
        }

        var name = Files.Keys.ElementAt(_random.Next(Files.Count));
        var file = Files[name];
        var pages = file.ChangedAt.Length;
        switch (_random.Next(14))
        {
            case 0:
                Add(_random.Next(3) == 0 ? _random.Next(9) * PageSize : _random.Next(3 << 20));
                break;
            case 1:
                Files.Remove(name);
                break;
            case 2:
                // Under a name that never was.
                Files.Remove(name);
                Files.Add($"base/{_names++}", file);
                break;
            case 3:
                Resize(name, _random.Next(file.Content.Length + 1));
                break;
            case 4 or 5:
                Resize(name, file.Content.Length + _random.Next(60 * PageSize));
                break;
            case 6 when pages > 0:
                for (int page = _random.Next(pages), end = Math.Min(pages, page + _random.Next(400)); page < end; page++)
                {
                    Write(name, page);
                }

                break;
            default:
                for (var i = 0; pages > 0 && i < 1 + (pages / 20); i++)
                {
                    Write(name, _random.Next(pages), zeros: _random.Next(10) == 0);
                }

                break;
        }
    }

    public Dictionary<string, byte[]> Copy() => Files.ToDictionary(f => f.Key, f => f.Value.Content.ToArray());

    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{Files.Count} files, {Files.Values.Sum(f => (long)f.Content.Length)} bytes");
}

/// <summary>A file, and when each of its pages was changed last.</summary>
internal sealed class PagedFile
{
    public required byte[] Content { get; set; }

    public required long[] ChangedAt { get; set; }
}
