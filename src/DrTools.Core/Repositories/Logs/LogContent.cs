using Microsoft.Win32.SafeHandles;

namespace DrTools.Repositories.Logs;

/// <summary>What a log holds, readable more than once: a repeated push is compared with what is there.</summary>
public abstract class LogContent : IDisposable
{
    /// <summary>Its size in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads from an offset.</summary>
    /// <returns>Bytes read: less than asked for only at the end.</returns>
    /// <exception cref="DrException"><see cref="DrError.SourceFailure"/>.</exception>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>Bytes in memory.</summary>
    public static LogContent FromBytes(ReadOnlyMemory<byte> bytes) => new MemoryContent(bytes);

    /// <summary>A file, which must not change any more.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/> or <see cref="DrError.SourceFailure"/>.</exception>
    public static LogContent FromFile(string path) => new FileContent(path);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what it holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class MemoryContent(ReadOnlyMemory<byte> bytes) : LogContent
    {
        public override long Length => bytes.Length;

        public override int Read(long offset, Span<byte> buffer)
        {
            var rest = bytes.Span[(int)Math.Min(offset, bytes.Length)..];
            var count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return count;
        }
    }

    private sealed class FileContent : LogContent
    {
        private readonly string _path;
        private readonly SafeFileHandle _handle;

        public FileContent(string path)
        {
            _path = path;
            try
            {
                _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                Length = RandomAccess.GetLength(_handle);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new DrException(DrError.SourceMissing, $"There is no file {path}.", "Check the path; a relative one counts from the data directory.", e) { Subject = path };
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Failed(e);
            }
        }

        public override long Length { get; }

        public override int Read(long offset, Span<byte> buffer)
        {
            try
            {
                var filled = 0;
                while (filled < buffer.Length && RandomAccess.Read(_handle, buffer[filled..], offset + filled) is > 0 and var read)
                {
                    filled += read;
                }

                return filled;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Failed(e);
            }
        }

        protected override void Dispose(bool disposing)
        {
            _handle.Dispose();
            base.Dispose(disposing);
        }

        private DrException Failed(Exception cause) => new(
            DrError.SourceFailure, $"{_path} cannot be read: {cause.Message}", "Check its permissions and the disk that it lies on.", cause)
        { Subject = _path };
    }
}
