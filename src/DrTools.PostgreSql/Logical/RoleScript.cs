using System.Text.RegularExpressions;
using DrTools.PostgreSql.Tables;

namespace DrTools.PostgreSql.Logical;

/// <summary>
/// The roles of a <c>globals.sql</c>, one statement to a line as <c>pg_dumpall</c> writes them: <c>CREATE ROLE</c>,
/// <c>ALTER ROLE</c> with attributes and password, settings, memberships.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-pg-dumpall.html">pg_dumpall</see>.</remarks>
internal sealed partial class RoleScript
{
    private readonly List<(string Role, string Statement)> _statements = [];

    private RoleScript()
    {
    }

    /// <summary>The roles that it makes.</summary>
    public IReadOnlyList<string> Roles => [.. _statements.Where(s => s.Statement.StartsWith("CREATE ROLE", StringComparison.Ordinal)).Select(s => s.Role)];

    /// <summary>Reads a script.</summary>
    public static RoleScript Parse(string text)
    {
        var script = new RoleScript();
        foreach (var line in text.Split('\n').Select(l => l.TrimEnd('\r')))
        {
            if (RoleForm().Match(line) is { Success: true } role)
            {
                script._statements.Add((Unquote(role.Groups["role"].Value), line));
            }
            else if (GrantForm().Match(line) is { Success: true } grant)
            {
                script._statements.Add((Unquote(grant.Groups["member"].Value), GrantorForm().Replace(line, ";")));
            }
        }

        return script;
    }

    /// <summary>The statements that make some of the roles: the roles first, memberships last.</summary>
    public IEnumerable<string> Make(IReadOnlySet<string> roles) => _statements
        .Where(s => roles.Contains(s.Role))
        .OrderBy(s => s.Statement[0] switch { 'C' => 0, 'A' => 1, _ => 2 })
        .Select(s => s.Statement);

    private static string Unquote(string name) => QualifiedName.Parse(name).Name;

    [GeneratedRegex("""^(?:CREATE|ALTER) ROLE (?<role>"(?:[^"]|"")+"|[^\s";]+)(?: .*)?;$""")]
    private static partial Regex RoleForm();

    [GeneratedRegex("""^GRANT (?:"(?:[^"]|"")+"|[^\s";]+) TO (?<member>"(?:[^"]|"")+"|[^\s";]+).*;$""")]
    private static partial Regex GrantForm();

    /// <summary>Whoever restores is the grantor: the one of then may lack the right here.</summary>
    [GeneratedRegex("""\s+GRANTED BY (?:"(?:[^"]|"")+"|[^\s";]+);$""")]
    private static partial Regex GrantorForm();
}
