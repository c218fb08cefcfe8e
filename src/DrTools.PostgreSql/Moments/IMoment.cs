using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Moments;

/// <summary>A moment of the past that a server can be made to show.</summary>
internal interface IMoment
{
    /// <summary>Identity of the cluster that it is of, if that is known.</summary>
    string? SystemIdentifier { get; }

    /// <summary>The database that is meant where none is named.</summary>
    string? DefaultDatabase { get; }

    /// <summary>Makes a server show it.</summary>
    /// <param name="database">The database that will be asked.</param>
    /// <param name="tables">The tables that will be read; their rows have to be there, those of others need not.</param>
    /// <param name="schemas">Schemas whose tables will be read.</param>
    /// <param name="progress">Takes what is being done.</param>
    /// <param name="cancellationToken">Stops it.</param>
    Task<OpenMoment> OpenAsync(string database, IReadOnlyList<QualifiedName> tables, IReadOnlyList<string> schemas, IProgress<TableProgress>? progress, CancellationToken cancellationToken);
}

/// <summary>A server that shows a moment of the past, until it is disposed.</summary>
internal abstract class OpenMoment : IAsyncDisposable
{
    /// <summary>Up to where the log was replayed, if it was.</summary>
    public Lsn? Position { get; init; }

    /// <summary>Commit time of the last transaction that it has, if that is known; UTC.</summary>
    public DateTimeOffset? LastCommit { get; init; }

    /// <summary>What is worth knowing.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Connects to a database of it.</summary>
    public abstract Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
