using System.Text;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Platform;

/// <summary>An attacker who exchanges two names of a folder as fast as he can, so that each always exists.</summary>
internal sealed unsafe class SwappingThread : IDisposable
{
    private const uint Exchange = 2;
    private readonly Thread _thread;
    private volatile bool _stop;
    private volatile int _swaps;
    private volatile int _error;

    public SwappingThread(string folder, string one, string other)
    {
        var a = Encoding.UTF8.GetBytes($"{folder}/{one}\0");
        var b = Encoding.UTF8.GetBytes($"{folder}/{other}\0");
        _thread = new Thread(() =>
        {
            fixed (byte* first = a)
            fixed (byte* second = b)
            {
                while (!_stop && _error == 0)
                {
                    _error = Errno.Of(LibC.RenameAt2(
                        Abi.CallRenameAt2, Abi.AtCurrentFolder, first, Abi.AtCurrentFolder, second, Exchange));
                    _swaps++;
                }
            }
        });
        _thread.Start();
    }

    public int Swaps => _swaps;

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        Assert.Equal(0, _error);
    }
}
