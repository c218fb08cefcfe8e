using System.Text;

namespace DrTools.PostgreSql.Programs;

/// <summary>
/// A password file for programs that are started, private to this user and removed with the work. Passwords in arguments
/// or in the environment would be seen by others.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/libpq-pgpass.html">libpq: The Password File</see>.</remarks>
public sealed class PrivatePasswordFile : IDisposable
{
    private PrivatePasswordFile(string path) => Path = path;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes a file with one password for whatever the programs connect to.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="password">The password.</param>
    public static PrivatePasswordFile Create(string folder, string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        var path = System.IO.Path.Combine(folder, $"pgpass-{Guid.NewGuid():n}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(path, options))
        {
            var escaped = password.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
            stream.Write(Encoding.UTF8.GetBytes($"*:*:*:*:{escaped}\n"));
        }

        return new PrivatePasswordFile(path);
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(Path);
}
