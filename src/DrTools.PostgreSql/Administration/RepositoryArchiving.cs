using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Administration;

/// <summary>Archiving into a repository: the command, and how to see that something arrived.</summary>
public static class RepositoryArchiving
{
    /// <summary>Options that set a server up to archive into a repository.</summary>
    /// <param name="repository">The repository, opened.</param>
    /// <param name="program">The program <c>drtools</c>, as the server's user starts it.</param>
    /// <param name="keyFile">The key file that the server's user opens the repository with.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryOlderFormat"/>, or <see cref="DrError.KeyRequired"/> when
    /// the repository is encrypted and no key file is given: a passphrase cannot stand in a command that every user sees.</exception>
    public static LogArchiveOptions Into(Repository repository, string program, string? keyFile)
    {
        ArgumentNullException.ThrowIfNull(repository);
        repository.RequireFormat(2, "The log of PostgreSQL");
        if (repository.IsEncrypted && keyFile is null)
        {
            throw new DrException(
                DrError.KeyRequired,
                $"{repository.Location} is encrypted, and nothing says which key file the server opens it with.",
                "Let a key file open it (drtools key add --generate-key-file, Add-DrRepositoryKey -GenerateKeyFile), give it to the server's user, and name it.");
        }

        return new LogArchiveOptions
        {
            Command = new ArchiveCommand { Program = program, Repositories = [repository.Location], KeyFile = keyFile },
            Archive = new RepositoryWal(new LogArchive(repository)),
        };
    }
}
