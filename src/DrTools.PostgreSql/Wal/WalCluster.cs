using System.Buffers.Binary;
using System.Globalization;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>Which cluster a log belongs to: the series of its logs in an archive.</summary>
public static class WalCluster
{
    private const string SeriesPrefix = "postgresql-";

    private const string ControlFile = "global/pg_control";

    /// <summary>The series of a cluster.</summary>
    /// <param name="systemIdentifier">What initdb gave it; its copies have the same.</param>
    public static string SeriesOf(ulong systemIdentifier) => string.Create(CultureInfo.InvariantCulture, $"{SeriesPrefix}{systemIdentifier}");

    /// <summary>The cluster of a series; <see langword="null"/> when it is not one of PostgreSQL.</summary>
    public static ulong? IdentifierOf(string series)
    {
        ArgumentNullException.ThrowIfNull(series);
        return series.StartsWith(SeriesPrefix, StringComparison.Ordinal)
            && ulong.TryParse(series.AsSpan(SeriesPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var identifier)
            && series == SeriesOf(identifier)
                ? identifier
                : null;
    }

    /// <summary>Where a file lies in the archive: in the stream of its timeline. What a receiver had of a segment that it could
    /// not complete lies in a stream of its own beside it, so that it can be looked for among few.</summary>
    public static LogName LogOf(ulong systemIdentifier, WalFileName file) =>
        new(SeriesOf(systemIdentifier), file.IsCutStream ? CutStreamOf(file) : file.TimelineText, file.Text);

    /// <summary>The stream of a timeline's segments that were not completed.</summary>
    internal static string CutStreamOf(WalFileName file) => file.TimelineText + "-partial";

    /// <summary>The data directory that a path which PostgreSQL gave belongs to: a relative one counts from it, and an
    /// absolute one leads through its <c>pg_wal</c>.</summary>
    /// <returns><see langword="null"/> when there is no control file where it should be.</returns>
    public static string? DataDirectoryOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var folder = Path.IsPathRooted(path) ? Path.GetDirectoryName(Path.GetDirectoryName(path)) : ".";
        return folder is not null && File.Exists(Path.Combine(folder, ControlFile)) ? folder : null;
    }

    /// <summary>The system identifier of a data directory. It is the first field of the control file in every version, and
    /// never changes, so that neither the rest of the file nor a server that is writing it matters.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/>.</exception>
    public static ulong ReadIdentifier(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, ControlFile);
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> start = stackalloc byte[8];
            return RandomAccess.Read(handle, start, 0) == start.Length && BinaryPrimitives.ReadUInt64LittleEndian(start) is not 0 and var identifier
                ? identifier
                : throw new IOException("It has no system identifier.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(
                DrError.SourceMissing,
                $"The control file {path} cannot be read: {e.Message}",
                "Run it in the data directory of the cluster, as its owner; PostgreSQL does that by itself.",
                e)
            { Subject = path };
        }
    }
}
