using System.Globalization;

namespace DrTools.Tests.Torture;

/// <summary>A tree that a seed makes and changes: small and large files, folders, links.</summary>
internal sealed class ChangingTree
{
    private readonly string _root;
    private readonly Random _random;
    private readonly int _largest;
    private int _names;

    public ChangingTree(string root, int seed, int files, int largest)
    {
        (_root, _random, _largest) = (root, new Random(seed), largest);
        Directory.CreateDirectory(root);
        for (var i = 0; i < files; i++)
        {
            Add();
        }
    }

    public string Root => _root;

    /// <summary>Makes so many changes of random kinds.</summary>
    public void Change(int changes)
    {
        for (var i = 0; i < changes; i++)
        {
            switch (_random.Next(10))
            {
                case < 4:
                    Add();
                    break;
                case < 7:
                    Rewrite();
                    break;
                case 7:
                    Insert();
                    break;
                case 8:
                    Remove();
                    break;
                default:
                    Rename();
                    break;
            }
        }
    }

    private void Add()
    {
        var path = Path.Combine(AnyFolder(), NewName());
        switch (_random.Next(12))
        {
            case 0:
                Directory.CreateDirectory(path);
                break;
            case 1:
                File.CreateSymbolicLink(path, "to/" + NewName());
                break;
            case 2:
                File.WriteAllBytes(path, []);
                break;
            case 3:
                Write(path, _random.Next(_largest / 2, _largest));
                break;
            default:
                Write(path, _random.Next(1, 40_000));
                break;
        }
    }

    private void Rewrite()
    {
        if (AnyFile() is { } path)
        {
            Write(path, _random.Next(5) == 0 ? _random.Next(_largest) : _random.Next(1, 40_000));
        }
    }

    /// <summary>An insertion at the start of a file moves all that follows.</summary>
    private void Insert()
    {
        if (AnyFile() is { } path)
        {
            var content = File.ReadAllBytes(path);
            File.WriteAllBytes(path, [.. Bytes(_random.Next(1, 100)), .. content]);
        }
    }

    private void Remove()
    {
        if (AnyFile() is { } path)
        {
            File.Delete(path);
        }
    }

    private void Rename()
    {
        if (AnyFile() is { } path)
        {
            File.Move(path, Path.Combine(AnyFolder(), NewName()));
        }
    }

    private void Write(string path, int length) => File.WriteAllBytes(path, Bytes(length));

    /// <summary>Half of the files can be compressed.</summary>
    private byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        if (_random.Next(2) == 0)
        {
            for (var i = 0; i < length; i++)
            {
                bytes[i] = (byte)('a' + (bytes[i] & 7));
            }
        }

        return bytes;
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"n{_random.Next(1000):d3}-{++_names}");

    private string AnyFolder()
    {
        var folders = Directory.GetDirectories(_root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        return _random.Next(folders.Length + 1) is var i && i == folders.Length ? _root : folders[i];
    }

    private string? AnyFile()
    {
        var files = Directory.GetFiles(_root, "*", SearchOption.AllDirectories).Where(f => File.ResolveLinkTarget(f, false) is null).Order(StringComparer.Ordinal).ToArray();
        return files.Length == 0 ? null : files[_random.Next(files.Length)];
    }
}
