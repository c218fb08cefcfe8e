namespace DrTools.Drills;

/// <summary>
/// What people say, written down beforehand: the lines that they would type, an empty one after each step. Lines that begin with
/// <c>#</c> say nothing.
/// </summary>
/// <param name="lines">The lines.</param>
/// <param name="audience">Sees what is shown; nobody if not given.</param>
public sealed class AnswersFile(IEnumerable<string> lines, IDrillRoom? audience = null) : IDrillRoom
{
    private const int MaximumBytes = 1 << 20;

    private readonly Queue<string> _lines = new(lines.Where(l => !l.TrimStart().StartsWith('#')).Select(l => l.Trim()));

    /// <summary>Reads a file.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be read, or is larger than 1 MiB.</exception>
    public static AnswersFile Read(string path, IDrillRoom? audience = null)
    {
        try
        {
            return new FileInfo(path).Length <= MaximumBytes
                ? new AnswersFile(File.ReadAllLines(path), audience)
                : throw new DrException(DrError.BadUsage, $"The answers in {path} are longer than {Figures.Bytes(MaximumBytes)}.", "Name a text file with the lines that people would type.") { Subject = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.BadUsage, $"The answers in {path} cannot be read: {e.Message}", "Name a text file with the lines that people would type.", e) { Subject = path };
        }
    }

    /// <inheritdoc/>
    public void Show(string line) => audience?.Show(line);

    /// <inheritdoc/>
    public string? Listen()
    {
        if (!_lines.TryDequeue(out var line))
        {
            return null;
        }

        audience?.Show("> " + line);
        return line;
    }
}
