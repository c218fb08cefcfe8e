using System.Diagnostics;
using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Connections;

namespace DrTools.PostgreSql.Programs;

/// <summary>A running client program: its streams, what it complains of, and its end.</summary>
public sealed class ClientProcess : IDisposable
{
    private const int MostErrorText = 32 << 10;

    private readonly Process _process;
    private readonly Task _errors;
    private readonly StringBuilder _text = new();

    private ClientProcess(ClientProgram program, Process process)
    {
        (Program, _process) = (program, process);
        _errors = ReadErrorsAsync();
    }

    /// <summary>The program.</summary>
    public ClientProgram Program { get; }

    /// <summary>Its id.</summary>
    public int Id => _process.Id;

    /// <summary>What it writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>What it reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What it said on its standard error so far; the last 32 KiB.</summary>
    public string ErrorText
    {
        get
        {
            lock (_text)
            {
                return _text.ToString().Trim();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments; no secrets.</param>
    /// <param name="address">The server that it connects to, for what libpq takes from the environment.</param>
    /// <param name="passwords">The password file, if a password was given; otherwise libpq's own rules hold.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> when it cannot be started.</exception>
    public static ClientProcess Start(ClientProgram program, IEnumerable<string> arguments, ServerAddress address, PrivatePasswordFile? passwords)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(address);
        var start = new ProcessStartInfo(program.Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Messages are matched and shown; they shall not depend on who runs this.
        start.Environment["LC_ALL"] = "C";
        start.Environment.Remove("PGDATABASE");
        start.Environment.Remove("PGSERVICE");
        if ((passwords?.Path ?? address.PasswordFile) is { } file)
        {
            start.Environment["PGPASSFILE"] = file;
        }

        if (passwords is not null)
        {
            // It would go before the file.
            start.Environment.Remove("PGPASSWORD");
        }

        try
        {
            return new ClientProcess(program, Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DrException(DrError.ToolMissing, $"{program.Path} cannot be started: {e.Message}", "Check that it is whole and may be executed.", e) { Subject = program.Path };
        }
    }

    /// <summary>A connection string for programs; holds no password.</summary>
    /// <param name="address">The server.</param>
    /// <param name="database">The database.</param>
    public static string Connection(ServerAddress address, string database)
    {
        ArgumentNullException.ThrowIfNull(address);
        var settings = new List<(string Key, string? Value)>
        {
            ("host", address.Host),
            ("port", address.Port.ToString(CultureInfo.InvariantCulture)),
            ("user", address.User),
            ("dbname", database),
            ("sslmode", address.SslMode),
            ("sslrootcert", address.SslRootCertificate),
            ("application_name", "drtools"),
        };
        return string.Join(' ', settings.Where(s => s.Value is not null).Select(s => $"{s.Key}={Quote(s.Value!)}"));
    }

    /// <summary>Waits until it has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        await _errors.WaitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Why it failed.</summary>
    /// <param name="what">What was to be done, as the beginning of a sentence (<c>shop could not be dumped</c>).</param>
    /// <param name="address">The server.</param>
    /// <param name="exitCode">Its exit code.</param>
    /// <param name="otherwise">The error, where its message does not tell a more exact one.</param>
    public DrException Failure(string what, ServerAddress address, int exitCode, DrError otherwise)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = ErrorText;
        var (error, remedy) = text switch
        {
            _ when text.Contains("permission denied for large object", StringComparison.Ordinal) =>
                (DrError.PrivilegeMissing, $"Large objects have privileges of their own, which pg_read_all_data does not cover: grant '{address.User}' SELECT on each, set lo_compat_privileges for it, or connect as a superuser."),
            _ when text.Contains("permission denied", StringComparison.Ordinal) || text.Contains("must be superuser", StringComparison.Ordinal) || text.Contains("row-level security", StringComparison.Ordinal) =>
                (DrError.PrivilegeMissing, $"Grant '{address.User}' the right to read it (pg_read_all_data), or connect as another user."),
            _ when text.Contains("server version mismatch", StringComparison.Ordinal) =>
                (DrError.ToolMissing, "Install the client programs of the server's version, or name the folder that holds them."),
            _ when text.Contains("statement timeout", StringComparison.Ordinal) && text.Contains("LOCK TABLE", StringComparison.Ordinal) =>
                (otherwise, "A statement that locks the table (ALTER TABLE, TRUNCATE, VACUUM FULL) was waiting. Run it again when that is done."),
            _ when text.Contains("No space left", StringComparison.Ordinal) => (DrError.OutOfSpace, "Free some space, or name another work folder."),
            _ => (otherwise, "See the message and the server's log; then run it again."),
        };
        return new DrException(error, $"{what}: {Program.Name} {Program.Version} ended with {exitCode}. {(text.Length == 0 ? "It said nothing." : text)}", remedy) { Subject = address.SourceName };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private static string Quote(string value) =>
        $"'{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private async Task ReadErrorsAsync()
    {
        var buffer = new char[4096];
        while (await _process.StandardError.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var count)
        {
            lock (_text)
            {
                _text.Append(buffer, 0, count);
                if (_text.Length > MostErrorText)
                {
                    _text.Remove(0, _text.Length - MostErrorText);
                }
            }
        }
    }
}
