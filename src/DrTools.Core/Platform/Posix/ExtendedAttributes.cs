using System.Runtime.CompilerServices;
using System.Text;
using DrTools.Trees;

namespace DrTools.Platform.Posix;

/// <summary>
/// Reads and writes extended attributes (xattr(7)); POSIX ACLs are among them. A file is given by its descriptor, or by
/// its folder's descriptor and its name: symbolic links and devices cannot be opened, and are reached through
/// /proc/self/fd, without following them.
/// </summary>
internal static unsafe class ExtendedAttributes
{
    // xattr(7): VFS limits of a list of names, and of a value.
    private const int LongestList = 65536;
    private const int LongestValue = 65536;

    /// <summary>Takes an attribute that could not be read or written, and the negated error number.</summary>
    internal delegate void Failure(ReadOnlySpan<byte> attribute, int error);

    /// <summary>Every attribute, in ordinal order; <see langword="null"/> for none, and where there can be none.</summary>
    [SkipLocalsInit]
    internal static IReadOnlyList<ExtendedAttribute>? Read(AttributedFile file, Failure failed)
    {
        Span<byte> list = stackalloc byte[512];
        var length = List(file, list);
        if (length == -Errno.Range)
        {
            list = new byte[LongestList];
            length = List(file, list);
        }

        if (length is 0 or -Errno.NotSupported)
        {
            return null;
        }

        if (length < 0)
        {
            failed([], length);
            return null;
        }

        var attributes = new List<ExtendedAttribute>();
        for (var names = list[..length]; !names.IsEmpty;)
        {
            var name = names[..names.IndexOf((byte)0)];
            names = names[(name.Length + 1)..];
            var value = Get(file, name, out var error);
            if (value is not null)
            {
                attributes.Add(new ExtendedAttribute(name.ToArray(), value));
            }
            else if (error != -Errno.NoData)
            {
                failed(name, error);
            }
        }

        attributes.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return attributes.Count == 0 ? null : attributes;
    }

    /// <summary>Sets the wanted attributes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="wanted">What it should have.</param>
    /// <param name="removeOthers">Whether to remove what it has beside (inherited ACLs); labels of security modules,
    /// which the system itself sets, stay.</param>
    /// <param name="failed">Takes what could not be set.</param>
    internal static void Write(
        AttributedFile file, IReadOnlyList<ExtendedAttribute>? wanted, bool removeOthers, Failure failed)
    {
        if (removeOthers)
        {
            foreach (var present in Read(file, failed) ?? [])
            {
                var isLabel = present.Name.AsSpan().StartsWith("security."u8)
                    && !present.Name.AsSpan().SequenceEqual("security.capability"u8);
                if (!isLabel && !Holds(wanted, present.Name) && Remove(file, present.Name) is < 0 and var error)
                {
                    failed(present.Name, error);
                }
            }
        }

        if (wanted is null)
        {
            return;
        }

        foreach (var attribute in wanted)
        {
            var error = Set(file, attribute);
            if (error < 0)
            {
                failed(attribute.Name, error);
            }
        }
    }

    /// <summary>Whether files created in an open folder inherit an ACL from it.</summary>
    internal static bool HasDefaultAcl(int fd) => Get(new AttributedFile(fd), "system.posix_acl_default"u8, out _) is not null;

    /// <summary>The name of an attribute for people.</summary>
    internal static string Display(ReadOnlySpan<byte> attribute) => TreePath.Display(attribute);

    private static bool Holds(IReadOnlyList<ExtendedAttribute>? attributes, ReadOnlySpan<byte> name)
    {
        foreach (var attribute in attributes ?? [])
        {
            if (name.SequenceEqual(attribute.Name))
            {
                return true;
            }
        }

        return false;
    }

    [SkipLocalsInit]
    private static int List(AttributedFile file, Span<byte> list)
    {
        var text = file.Path(stackalloc byte[AttributedFile.PathSpace]);
        fixed (byte* path = text)
        fixed (byte* bytes = list)
        {
            return Errno.Of(file.IsOpen
                ? LibC.ListAttributes(file.Fd, bytes, list.Length)
                : LibC.ListAttributesOfPath(path, bytes, list.Length));
        }
    }

    [SkipLocalsInit]
    private static byte[]? Get(AttributedFile file, ReadOnlySpan<byte> attribute, out int result)
    {
        Span<byte> value = stackalloc byte[1024];
        var text = file.Path(stackalloc byte[AttributedFile.PathSpace]);
        var nameText = new CString(attribute, stackalloc byte[CString.NameSpace]);
        while (true)
        {
            fixed (byte* path = text)
            fixed (byte* name = nameText)
            fixed (byte* bytes = value)
            {
                result = Errno.Of(file.IsOpen
                    ? LibC.GetAttribute(file.Fd, name, bytes, value.Length)
                    : LibC.GetAttributeOfPath(path, name, bytes, value.Length));
            }

            if (result != -Errno.Range || value.Length >= LongestValue)
            {
                return result < 0 ? null : value[..result].ToArray();
            }

            value = new byte[LongestValue];
        }
    }

    [SkipLocalsInit]
    private static int Set(AttributedFile file, ExtendedAttribute attribute)
    {
        var text = file.Path(stackalloc byte[AttributedFile.PathSpace]);
        var nameText = new CString(attribute.Name, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        fixed (byte* name = nameText)
        fixed (byte* value = attribute.Value)
        {
            return Errno.Of(file.IsOpen
                ? LibC.SetAttribute(file.Fd, name, value, attribute.Value.Length, 0)
                : LibC.SetAttributeOfPath(path, name, value, attribute.Value.Length, 0));
        }
    }

    [SkipLocalsInit]
    private static int Remove(AttributedFile file, ReadOnlySpan<byte> attribute)
    {
        var text = file.Path(stackalloc byte[AttributedFile.PathSpace]);
        var nameText = new CString(attribute, stackalloc byte[CString.NameSpace]);
        fixed (byte* path = text)
        fixed (byte* name = nameText)
        {
            return Errno.Of(file.IsOpen ? LibC.RemoveAttribute(file.Fd, name) : LibC.RemoveAttributeOfPath(path, name));
        }
    }
}
