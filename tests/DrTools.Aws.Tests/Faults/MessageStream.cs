using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DrTools.Aws.Tests.Faults;

/// <summary>Reads and writes messages of HTTP/1.1 on a connection.</summary>
internal sealed class MessageStream(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _end;

    /// <summary>Reads a head, up to and without the empty line; <see langword="null"/> when the connection has ended.</summary>
    public async Task<string?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadByteAsync(cancellationToken) is not { } next)
            {
                return null;
            }

            head.Append((char)next);
        }

        return head.ToString()[..^4];
    }

    /// <summary>Reads the content that belongs to a head; chunks are put together.</summary>
    public async Task<byte[]> ReadContentAsync(string head, CancellationToken cancellationToken)
    {
        if (ProxiedMessage.HeaderOf(head, "Transfer-Encoding") is not null)
        {
            var all = new MemoryStream();
            while (true)
            {
                var length = int.Parse((await ReadLineAsync(cancellationToken)).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                all.Write(await ReadAsync(length, cancellationToken));
                await ReadLineAsync(cancellationToken);
                if (length == 0)
                {
                    return all.ToArray();
                }
            }
        }

        return await ReadAsync(int.Parse(ProxiedMessage.HeaderOf(head, "Content-Length") ?? "0", CultureInfo.InvariantCulture), cancellationToken);
    }

    public async Task<byte[]> ReadAsync(int length, CancellationToken cancellationToken)
    {
        var content = new byte[length];
        var buffered = Math.Min(length, _end - _start);
        _buffer.AsSpan(_start, buffered).CopyTo(content);
        _start += buffered;
        await _stream.ReadExactlyAsync(content.AsMemory(buffered), cancellationToken);
        return content;
    }

    public async Task WriteAsync(string head, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(head + "\r\n\r\n"), cancellationToken);
        await _stream.WriteAsync(content, cancellationToken);
    }

    /// <summary>Waits until the other side goes.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (await _stream.ReadAsync(_buffer, cancellationToken) > 0)
        {
        }
    }

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => _stream.Dispose();

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (line.Length < 2 || line[^1] != '\n')
        {
            line.Append((char)(await ReadByteAsync(cancellationToken) ?? throw new EndOfStreamException()));
        }

        return line.ToString().TrimEnd();
    }

    private async ValueTask<byte?> ReadByteAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, await _stream.ReadAsync(_buffer, cancellationToken));
            if (_end == 0)
            {
                return null;
            }
        }

        return _buffer[_start++];
    }
}
