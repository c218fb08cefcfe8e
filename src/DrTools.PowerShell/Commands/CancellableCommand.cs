using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>
/// A cmdlet over asynchronous work that Ctrl+C ends. The work runs on the thread pool while the pipeline's thread, the
/// only one that may write, waits for it and shows how far it is.
/// </summary>
public abstract class CancellableCommand : PSCmdlet, IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    /// <summary>Is cancelled when the pipeline is stopped.</summary>
    protected CancellationToken StopToken => _stop.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Handles one record. A <see cref="DrException"/> ends this record only.</summary>
    protected abstract void ProcessItem();

    /// <inheritdoc/>
    protected sealed override void ProcessRecord()
    {
        try
        {
            ProcessItem();
        }
        catch (DrException e)
        {
            WriteError(e);
        }
    }

    /// <inheritdoc/>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command ended while it was being stopped.
        }
    }

    /// <summary>Waits for work, writing its progress meanwhile. Stopped work is waited for too: what it has begun it
    /// puts in order before it ends.</summary>
    /// <exception cref="DrException">The work failed.</exception>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    /// <param name="work">The work.</param>
    /// <param name="progress">Shows how far it is.</param>
    /// <param name="tell">Writes what there is to say meanwhile; called on the pipeline's thread until the pipeline is stopped.</param>
    internal T Await<T>(Func<CancellationToken, Task<T>> work, ProgressDisplay? progress = null, Action? tell = null)
    {
        var task = Task.Run(() => work(StopToken), CancellationToken.None);
        while (Task.WaitAny([task], ProgressInterval) < 0)
        {
            Write(tell);
            Show(progress?.Next());
        }

        Write(tell);
        Show(progress?.Last());

        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (Exception e) when (e is not DrException)
        {
            throw new DrException(DrError.Unexpected, e.Message, "Run it again; if it fails again, report it with the output of: Get-Error.", e);
        }
    }

    /// <summary>A pipeline that is being stopped takes no more output and says so by an exception, which must not keep
    /// the work from being waited for.</summary>
    private void Write(Action? tell)
    {
        if (tell is null || StopToken.IsCancellationRequested)
        {
            return;
        }

        try
        {
            tell();
        }
        catch (PipelineStoppedException)
        {
        }
    }

    private void Show(ProgressRecord? progress)
    {
        if (progress is not null)
        {
            Write(() => WriteProgress(progress));
        }
    }

    /// <summary>Writes an error about one record; the others go on.</summary>
    protected void WriteError(DrException error, object? target = null) => WriteError(FailureErrorRecord.Create(error, target));

    /// <summary>Ends the command: nothing can go on.</summary>
    protected void ThrowTerminatingError(DrException error, object? target = null) => ThrowTerminatingError(FailureErrorRecord.Create(error, target));

    /// <summary>Asks whether to go on, as <see cref="Cmdlet.ShouldProcess(string, string)"/> does, but with
    /// <paramref name="force"/> only when <c>-Confirm</c> says so.</summary>
    protected bool Confirm(bool force, string target, string action) =>
        (force && !IsWhatIf && !MyInvocation.BoundParameters.ContainsKey("Confirm")) || ShouldProcess(target, action);

    /// <summary>Whether nothing is to be changed.</summary>
    protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var bound)
        ? bound is SwitchParameter { IsPresent: true }
        : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>The file system path of what a user wrote: relative to the session's location, which is not the
    /// process's, or on a PSDrive.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is no path of a file system.</exception>
    protected string ResolvePath(string path) => SessionPath.Resolve(SessionState, path);

    /// <summary>Releases what the command holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stop.Dispose();
        }
    }
}
