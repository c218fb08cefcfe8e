using System.Diagnostics;
using System.Globalization;

namespace DrTools.Cli.Output;

/// <summary>How far something is.</summary>
/// <param name="Done">Bytes handled.</param>
/// <param name="Total">Bytes to be handled; 0 when that is not known.</param>
/// <param name="Current">What is being handled.</param>
internal readonly record struct ProgressState(long Done, long Total, string Current);

/// <summary>One line at the terminal, rewritten a few times a second from the last state reported.</summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TextWriter _writer;
    private readonly string _label;
    private readonly Timer? _timer;
    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private ProgressState _state;
    private bool _shown;
    private bool _ended;

    public ProgressLine(TextWriter writer, string label, bool visible)
    {
        (_writer, _label) = (writer, label);
        _timer = visible ? new Timer(_ => Draw(), null, Interval, Interval) : null;
    }

    /// <summary>Takes the reports of an operation.</summary>
    public IProgress<T>? Of<T>(Func<T, ProgressState> state) => _timer is null ? null : new Receiver<T>(this, state);

    /// <summary>Prints something else, in place of the line, which comes back below it.</summary>
    public void Interrupt(Action print)
    {
        lock (_lock)
        {
            if (_shown && !_ended)
            {
                _writer.Write("\r\e[K");
            }

            print();
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_lock)
        {
            _ended = true;
            if (_shown)
            {
                _writer.Write("\r\e[K");
            }
        }
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (!_ended)
            {
                var line = Text(_state, Stopwatch.GetElapsedTime(_started));
                var width = Math.Max(20, Console.WindowWidth - 1);
                _writer.Write("\r" + (line.Length > width ? line[..width] : line) + "\e[K");
                _shown = true;
            }
        }
    }

    private string Text(ProgressState state, TimeSpan elapsed)
    {
        // The total of a backup is that of the one before, which a growing source exceeds.
        var known = state.Total > 0 && state.Done <= state.Total;
        var rate = state.Done / Math.Max(0.001, elapsed.TotalSeconds);
        var percent = known ? string.Create(CultureInfo.InvariantCulture, $"  {100.0 * state.Done / state.Total,3:0} %") : string.Empty;
        var left = known && state.Done > 0 ? $"  {Figures.Duration(TimeSpan.FromSeconds((state.Total - state.Done) / rate))} left" : string.Empty;
        return $"{_label}{percent}  {Figures.Bytes(state.Done)}  {Figures.Bytes((long)rate)}/s{left}  {Printable(state.Current)}";
    }

    /// <summary>Names may hold control characters, which a terminal would obey.</summary>
    private static string Printable(string? name) => name is null ? string.Empty : string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    private sealed class Receiver<T>(ProgressLine line, Func<T, ProgressState> state) : IProgress<T>
    {
        public void Report(T value)
        {
            var next = state(value);
            lock (line._lock)
            {
                line._state = next;
            }
        }
    }
}
