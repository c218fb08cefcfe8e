using System.Globalization;
using System.Text;
using DrTools.Platform.Posix;
using Microsoft.Win32.SafeHandles;

namespace DrTools.Demo.Production;

/// <summary>
/// The demo's file tree: folders of text and binary files, and one folder of what breaks simple backup programs.
/// </summary>
internal sealed class OfficeTree
{
    /// <summary>The folder of peculiar files.</summary>
    public const string PeculiarFolder = "peculiar";

    private static readonly string[] Departments = ["accounting", "archive", "billing", "contracts", "design", "engineering", "facilities", "hr", "invoices", "legal", "logistics", "marketing", "operations", "payroll", "purchasing", "quality", "reports", "sales", "support", "warehouse"];
    private static readonly string[] Extensions = [".txt", ".csv", ".log", ".json", ".md", ".pdf", ".png", ".dat"];
    private static readonly string[] Words = ["account", "balance", "carrier", "delivery", "estimate", "forecast", "goods", "invoice", "journal", "ledger", "margin", "notice", "order", "payment", "quarter", "receipt", "shipment", "total", "update", "voucher"];
    private static readonly string[] PeculiarNames =
    [
        "name with spaces.txt", " leading blank", "trailing blank ", "-rf", "~", "*glob?[a-z]", "back\\slash", "quotes \"'`.txt",
        "tab\there.txt", "line\nbreak.txt", "<script>alert('report').html", "<img src=x onerror=alert(1)>", "&amp; 100%.txt", "%2e%2e%2fnot-above", "$HOME;exit",
        "ünïcödé – 日本語 – 🦩.txt", "e\u0301 decomposed", "é composed", "\u202Egnp.exe", ".hidden", new('n', 250),
    ];

    private static readonly DateTime Oldest = new(2024, 3, 1, 8, 0, 0, DateTimeKind.Utc);

    private readonly string _root;
    private readonly DemoSize _size;
    private readonly Random _random;

    private OfficeTree(string root, DemoSize size, int seed) => (_root, _size, _random) = (root, size, new Random(seed));

    /// <summary>The top folders, in order.</summary>
    public IReadOnlyList<string> Folders { get; private set; } = [];

    private string LargeFile => Path.Combine(_root, Folders[0], "catalogue.bin");

    /// <summary>Makes the tree in an empty folder.</summary>
    public static OfficeTree Create(string root, DemoSize size, int seed, CancellationToken cancellationToken)
    {
        var tree = new OfficeTree(root, size, seed);
        tree.Folders = [.. Enumerable.Range(0, size.Folders - 1).Select(tree.FolderName), PeculiarFolder];
        foreach (var folder in tree.Folders.SkipLast(1))
        {
            cancellationToken.ThrowIfCancellationRequested();
            tree.FillFolder(folder);
        }

        tree.Write(tree.LargeFile, tree.Binary(size.LargeFileBytes));
        tree.FillPeculiarFolder();
        foreach (var folder in tree.Folders)
        {
            Directory.SetLastWriteTimeUtc(Path.Combine(root, folder), tree.SomeTime());
        }

        return tree;
    }

    /// <summary>A working day: files edited, appended to, added, renamed and removed.</summary>
    /// <returns>What was done, in figures.</returns>
    public string Work()
    {
        // An insertion at the start moves every byte of the large file.
        var large = File.ReadAllBytes(LargeFile);
        File.WriteAllBytes(LargeFile, [.. "edition 2\n"u8, .. large]);

        var edited = 1;
        foreach (var folder in Folders.SkipLast(1))
        {
            var first = Path.Combine(_root, folder, FileName(0));
            File.AppendAllText(first, Text(400));
            edited++;
        }

        Write(Path.Combine(_root, Folders[1], FileName(1)), Binary(20_000));
        File.Delete(Path.Combine(_root, Folders[1], FileName(2)));
        File.Move(Path.Combine(_root, Folders[2], FileName(2)), Path.Combine(_root, Folders[2], "renamed.txt"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_root, Folders[2], FileName(1)), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        }

        var added = Directory.CreateDirectory(Path.Combine(_root, Folders[1], "new project")).FullName;
        for (var i = 0; i < 6; i++)
        {
            Write(Path.Combine(added, FileName(i)), Content(i));
        }

        return string.Create(CultureInfo.InvariantCulture, $"{edited + 1} files edited, 6 added, 1 renamed, 1 removed, 1 made read-only");
    }

    private string FolderName(int index) =>
        Departments[index % Departments.Length] + (index < Departments.Length ? string.Empty : (index / Departments.Length).ToString(CultureInfo.InvariantCulture));

    private static string FileName(int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{Words[index % Words.Length]}-{index:00}{Extensions[index % Extensions.Length]}");

    private void FillFolder(string folder)
    {
        var path = Directory.CreateDirectory(Path.Combine(_root, folder)).FullName;
        for (var i = 0; i < _size.FilesPerFolder; i++)
        {
            Write(Path.Combine(path, FileName(i)), Content(i));
        }
    }

    private void FillPeculiarFolder()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, PeculiarFolder)).FullName;
        foreach (var name in PeculiarNames)
        {
            Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(Text(300)));
        }

        Write(Path.Combine(folder, "empty"), []);
        WriteSparse(Path.Combine(folder, "sparse.img"));
        var original = Path.Combine(folder, "hard link 1");
        Write(original, Binary(5_000));
        Directory.CreateDirectory(Path.Combine(folder, "empty folder"));
        File.CreateSymbolicLink(Path.Combine(folder, "link to file"), "name with spaces.txt");
        File.CreateSymbolicLink(Path.Combine(folder, "link to folder"), "../" + Folders[0]);
        File.CreateSymbolicLink(Path.Combine(folder, "link to nowhere"), "/no/such/place");
        WritePeculiarBytes(folder);
    }

    /// <summary>What .NET's own file calls cannot make: a name that is not UTF-8, and a second name of a file.</summary>
    private static void WritePeculiarBytes(string folder)
    {
        using var directory = Open(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(folder), Abi.ReadOnly | Abi.Directory);
        var fd = (int)directory.DangerousGetHandle();
        using (var latin = Open(fd, [.. "caf"u8, 0xE9, .. " (Latin-1).txt"u8], Abi.WriteOnly | Abi.Create | Abi.Exclusive))
        {
            RandomAccess.Write(latin, "The name of this file is not valid UTF-8.\n"u8, 0);
        }

        Check(FolderEntries.CreateHardLink(fd, "hard link 1"u8, fd, "hard link 2"u8));
    }

    private static SafeFileHandle Open(int folder, ReadOnlySpan<byte> name, int flags) =>
        new(Check(Descriptor.OpenName(folder, name, flags, 0x1A4)), ownsHandle: true);

    private static int Check(int result) =>
        result >= 0 ? result : throw new IOException($"A peculiar file cannot be made: {Errno.Text(result)}");

    private void WriteSparse(string path)
    {
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            RandomAccess.SetLength(file, 32 << 20);
            RandomAccess.Write(file, Binary(4096), 1 << 20);
            RandomAccess.Write(file, Binary(4096), 17 << 20);
        }

        File.SetLastWriteTimeUtc(path, SomeTime());
    }

    private void Write(string path, byte[] content)
    {
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, SomeTime());
    }

    private byte[] Content(int index) => index % 3 == 2
        ? Binary(_random.Next(2_000, 60_000))
        : Encoding.UTF8.GetBytes(Text(_random.Next(500, 30_000)));

    private byte[] Binary(int length)
    {
        var content = new byte[length];
        _random.NextBytes(content);
        return content;
    }

    private string Text(int length)
    {
        var text = new StringBuilder(length + 16);
        while (text.Length < length)
        {
            text.Append(Words[_random.Next(Words.Length)]).Append(_random.Next(12) == 0 ? '\n' : ' ');
        }

        return text.Append('\n').ToString();
    }

    private DateTime SomeTime() => Oldest.AddSeconds(_random.Next(0, 60_000_000)).AddTicks(_random.Next(10_000_000));
}
