using System.Text;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Writes values as a server's configuration files and a shell read them.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES">Parameter
/// Names and Values</see>.</remarks>
public static class ConfigurationText
{
    /// <summary>A line <c>name = 'value'</c>.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: a value cannot hold a line break or a NUL.</exception>
    public static string Line(string name, string value) => $"{name} = {Quote(value)}";

    /// <summary>A value in single quotes; quotes are doubled, and so are backslashes, which begin escapes.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static string Quote(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return $"'{Checked(value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";
    }

    /// <summary>One word for <c>/bin/sh</c>: as it is where nothing in it means anything to a shell, else in single quotes.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static string ShellWord(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '=' or ',' or '+' or '@')
            ? word
            : $"'{Checked(word).Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>
    /// A command for <c>restore_command</c> or <c>archive_command</c>: words quoted for the shell, with every percent sign
    /// doubled, except for the placeholders that are given as such (<c>%f</c>, <c>%p</c>), which the server fills in.
    /// </summary>
    /// <remarks>The server puts names of segments and relative paths in their place, which need no quotes.</remarks>
    public static string Command(IEnumerable<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        var command = new StringBuilder();
        foreach (var word in words)
        {
            command.Append(command.Length > 0 ? " " : string.Empty)
                .Append(word is "%f" or "%p" or "%r" ? word : ShellWord(word).Replace("%", "%%", StringComparison.Ordinal));
        }

        return command.ToString();
    }

    private static string Checked(string value) => value.AsSpan().IndexOfAny('\0', '\n', '\r') < 0
        ? value
        : throw new DrException(DrError.BadUsage, "A setting of a server cannot hold a line break.", "Choose a name or path without one.");
}
