using System.Net.Sockets;
using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>Opens the socket of a server: TCP, or a Unix socket in a folder.</summary>
internal static class ServerSocket
{
    private const int BufferLength = 1 << 20;

    public static Socket Connect(ServerAddress address, Action<Socket> opened)
    {
        if (address.IsSocket)
        {
            var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            opened(local);
            local.Connect(new UnixDomainSocketEndPoint(Path.Combine(address.Host, $".s.PGSQL.{address.Port}")));
            return local;
        }

        // Both families, whatever the name resolves to.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        opened(socket);
        socket.ReceiveBufferSize = BufferLength;

        // A base backup may rightly be silent for long (a spread checkpoint, waiting for the archive), so that silence
        // is no error; a peer that is gone shows by not answering probes.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 5);
        socket.Connect(address.Host, address.Port);
        return socket;
    }
}
