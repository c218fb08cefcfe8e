namespace DrTools.Tests.Stores;

/// <summary>A folder that lives as long as its test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("drtools-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
