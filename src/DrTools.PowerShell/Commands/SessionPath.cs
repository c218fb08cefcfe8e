using System.Management.Automation;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Paths, sources and locations as a user writes them, made absolute by the session.</summary>
internal static class SessionPath
{
    private const string FileSystem = "FileSystem";

    private static readonly string[] SchemesOfPaths = ["files:", "sqlite:"];

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is no path of a file system.</exception>
    public static string Resolve(SessionState session, string path) => Resolve(session.Path, path);

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is no path of a file system.</exception>
    public static string Resolve(PathIntrinsics paths, string path)
    {
        try
        {
            var resolved = paths.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
            return provider.Name == FileSystem ? resolved : throw NoPath(path, $"it belongs to {provider.Name}", null);
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or PSNotSupportedException)
        {
            throw NoPath(path, e.Message, e);
        }
    }

    /// <summary>The location of a repository: a path, or a location with a scheme such as <c>s3://…</c>.</summary>
    public static string ResolveLocation(PathIntrinsics paths, string location) =>
        location.Contains("://", StringComparison.Ordinal) ? location : Resolve(paths, location);

    /// <summary>A source: what follows <c>files:</c> and <c>sqlite:</c> is a path; <c>plan:NAME</c> is what the plan has.</summary>
    /// <exception cref="DrException">There is no plan, or no such service.</exception>
    public static string ResolveSource(SessionState session, string source) =>
        PlannedName.Is(source) ? PlannedName.Source(DefaultPlan(session.Path), source).Address
        : SchemesOfPaths.FirstOrDefault(s => source.StartsWith(s, StringComparison.OrdinalIgnoreCase)) is { } scheme && source.Length > scheme.Length
            ? scheme + Resolve(session, source[scheme.Length..])
            : source;

    /// <summary>The name that backups of a source are filed under.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/>, or as of <see cref="ResolveSource"/>.</exception>
    public static string SourceName(SessionState session, string source) =>
        PlannedName.Is(source) ? PlannedName.Source(DefaultPlan(session.Path), source).Source : SourceRegistry.Parse(ResolveSource(session, source)).Name;

    /// <summary>The plan that the environment names, or dr.yaml in the session's location.</summary>
    /// <exception cref="DrException">There is none, or it makes no sense.</exception>
    public static RecoveryPlan DefaultPlan(PathIntrinsics paths) => PlanLoader.Read(Resolve(paths, PlanLoader.Choose(null))).Require();

    private static DrException NoPath(string path, string why, Exception? cause) => new(
        DrError.BadUsage,
        $"'{path}' is not a path of a file system: {why}",
        "Give a path such as ./folder or /folder.",
        cause)
    { Subject = path };
}
