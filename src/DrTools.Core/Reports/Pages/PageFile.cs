using System.Text;

namespace DrTools.Reports.Pages;

/// <summary>Writes files for people: whole or not at all, and never over one that is there unless that is wanted.</summary>
public static class PageFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">What, as UTF-8 without a byte order mark.</param>
    /// <param name="force">Whether one that is there is replaced.</param>
    /// <returns>Its absolute path.</returns>
    /// <exception cref="DrException"><see cref="DrError.FileExists"/> when there is one and it is not to be replaced;
    /// <see cref="DrError.TargetFailure"/> when it cannot be written.</exception>
    public static string Write(string path, string content, bool force)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(content);
        return Write(path, Encoding.UTF8.GetBytes(content), force);
    }

    /// <inheritdoc cref="Write(string, string, bool)"/>
    public static string Write(string path, ReadOnlySpan<byte> content, bool force)
    {
        var full = Path.GetFullPath(path);
        var unfinished = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}");
        try
        {
            if (!force && Path.Exists(full))
            {
                throw Exists(full);
            }

            using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            // Without leave to replace, the last step must fail when another has written the file meanwhile.
            File.Move(unfinished, full, overwrite: force);
            return full;
        }
        catch (IOException) when (!force && File.Exists(full))
        {
            Remove(unfinished);
            throw Exists(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Remove(unfinished);
            throw new DrException(DrError.TargetFailure, $"{full} cannot be written: {e.Message}", "Name a file in a folder that is there and that you may write to.", e) { Subject = full };
        }
    }

    private static DrException Exists(string path) =>
        new(DrError.FileExists, $"There is a file already: {path}.", "Name another file, or replace it (--force, -Force).") { Subject = path };

    /// <summary>What could not be written may have left something; that it cannot be removed either says nothing new.</summary>
    private static void Remove(string unfinished)
    {
        try
        {
            File.Delete(unfinished);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
