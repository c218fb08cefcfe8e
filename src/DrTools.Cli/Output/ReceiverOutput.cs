using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.Cli.Output;

/// <summary>Tells how a receiver does: what changes as text, and how far it is at the terminal.</summary>
internal sealed class ReceiverOutput : IProgress<WalReceiverStatus>
{
    private readonly WalReceiverMessages _messages = new();
    private readonly CommandOutput _output;
    private readonly ProgressLine _progress;
    private readonly IProgress<WalReceiverStatus>? _line;
    private readonly ServerAddress _address;

    public ReceiverOutput(CommandOutput output, ProgressLine progress, ServerAddress address)
    {
        (_output, _progress, _address) = (output, progress, address);
        _line = progress.Of<WalReceiverStatus>(s => new ProgressState(
            s.ReceivedBytes, 0, $"{s.Flushed}, {Figures.Bytes(s.LagBytes)} behind, {Figures.Count(s.ArchivedSegments, "segment")} archived{(s.State == WalReceiverState.Streaming ? string.Empty : $", {s.State.ToString().ToLowerInvariant()}")}"));
    }

    public void Report(WalReceiverStatus value)
    {
        if (_messages.Next(value) is { } message)
        {
            var text = $"{_address.SourceName}: {message.Text}";
            _progress.Interrupt(() =>
            {
                if (message.IsProblem)
                {
                    _output.Warn(text);
                }
                else
                {
                    _output.Text(important: false, to => to.WriteLine(text));
                }
            });
        }

        _line?.Report(value);
    }
}
