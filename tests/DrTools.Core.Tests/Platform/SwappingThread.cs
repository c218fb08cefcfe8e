using System.Text;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Platform;

/// <summary>An attacker who exchanges two names of a folder as fast as he can.</summary>
internal sealed class SwappingThread : IDisposable
{
    private readonly Thread _thread;
    private readonly int _folder;
    private volatile bool _stop;

    public SwappingThread(string folder, string one, string other)
    {
        _folder = Descriptor.OpenPath(Encoding.UTF8.GetBytes(folder), Abi.PathOnly);
        var spare = Encoding.UTF8.GetBytes(one + ".spare");
        var (a, b) = (Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
        _thread = new Thread(() =>
        {
            while (!_stop)
            {
                Assert.Equal(0, FolderEntries.Rename(_folder, a, _folder, spare));
                Assert.Equal(0, FolderEntries.Rename(_folder, b, _folder, a));
                Assert.Equal(0, FolderEntries.Rename(_folder, spare, _folder, b));
                Swaps++;
            }
        });
        _thread.Start();
    }

    public int Swaps { get; private set; }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        Descriptor.Close(_folder);
    }
}
