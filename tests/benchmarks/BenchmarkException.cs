namespace DrTools.Benchmarks;

/// <summary>A benchmark cannot go on, or found a tool to be wrong.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
