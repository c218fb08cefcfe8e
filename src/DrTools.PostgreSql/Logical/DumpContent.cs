using DrTools.Chunking;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Programs;
using DrTools.Sources;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// What a program writes, as the content of an entry. The end of its output is the end of the content only when it ended
/// with 0: a dump that breaks off fails the backup.
/// </summary>
internal sealed class DumpContent(ClientProcess process, ServerAddress address, string what, Action<string> warn, Action done, ChunkerParameters chunks, CancellationToken cancellationToken) : SourceContent
{
    private readonly CancellationTokenRegistration _registration = cancellationToken.Register(process.Kill);
    private bool _ended;

    public override ChunkerParameters Chunks => chunks;

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty)
        {
            return 0;
        }

        var count = process.Output.Read(buffer);
        if (count > 0)
        {
            return count;
        }

        var exitCode = process.WaitAsync(CancellationToken.None).GetAwaiter().GetResult();
        _ended = true;
        cancellationToken.ThrowIfCancellationRequested();
        if (exitCode != 0)
        {
            throw process.Failure(what, address, exitCode, DrError.SourceFailure);
        }

        if (process.ErrorText is { Length: > 0 } text)
        {
            warn(text);
        }

        done();
        return 0;
    }

    /// <summary>It is of one moment: that of the snapshot.</summary>
    public override bool IsUnchanged() => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _registration.Dispose();
            process.Dispose();
        }

        base.Dispose(disposing);
    }
}
