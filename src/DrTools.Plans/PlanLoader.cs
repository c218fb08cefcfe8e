using DrTools.Plans.Keys;
using DrTools.Plans.Shapes;
using DrTools.Plans.Yaml;

namespace DrTools.Plans;

/// <summary>Reads plan files, and tells everything that is wrong with one at once.</summary>
public static class PlanLoader
{
    /// <summary>What a plan file is called where nothing else is said.</summary>
    public const string DefaultName = "dr.yaml";

    /// <summary>Variable of the environment that names the plan file.</summary>
    public const string Variable = "DRTOOLS_PLAN";

    /// <summary>The JSON Schema of plan files (draft 2020-12), which <c>docs/dr.schema.json</c> holds.</summary>
    public static string Schema => SchemaWriter.Write(PlanKeys.Plan, "Recovery plan of DrTools (dr.yaml)");

    /// <summary>The path of the plan that is meant: the one given, else the one that the environment names, else <c>dr.yaml</c> in
    /// the current folder.</summary>
    public static string Choose(string? given) =>
        given ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : DefaultName);

    /// <summary>Reads a plan.</summary>
    /// <param name="path">The file.</param>
    public static PlanReadResult Read(string path)
    {
        var file = Path.GetFullPath(path);
        byte[] bytes;
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            bytes = new byte[PlanText.MaximumBytes + 1];
            bytes = bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var isMissing = e is FileNotFoundException or DirectoryNotFoundException;
            return Failed(file, new PlanProblem(
                file,
                0,
                0,
                string.Empty,
                isMissing ? "There is no plan." : $"The plan cannot be read: {e.Message}",
                isMissing ? $"Name the plan (--plan, -Plan, {Variable}), or make one: drtools plan new, New-DrPlan." : "Check the path and its permissions.")
            { Error = DrError.PlanMissing });
        }

        return Read(file, bytes);
    }

    /// <summary>Reads the content of a plan file.</summary>
    /// <param name="file">Absolute path that it has or is to have: relative paths in it start from its folder.</param>
    /// <param name="content">The bytes.</param>
    public static PlanReadResult Read(string file, byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var reading = new PlanReading(file);
        if (content.Length > PlanText.MaximumBytes)
        {
            reading.Problem(new PlanPosition(1, 1), $"The file is larger than {Figures.Bytes(PlanText.MaximumBytes)}.", "Split the plan: one file for each group of services.");
            return Failed(file, [.. reading.Problems]);
        }

        if (PlanText.Read(content, reading.Problem) is not { } text)
        {
            return Failed(file, [.. reading.Problems]);
        }

        if (YamlReader.Read(text, reading.Problem) is not { } root)
        {
            if (reading.Problems.Count == 0)
            {
                reading.Problem(new PlanPosition(1, 1), "The file holds no plan.", "Write one, or make one: drtools plan new, New-DrPlan.");
            }

            return Failed(file, [.. reading.Problems]);
        }

        if (NewerVersion(root) is { } newer)
        {
            return Failed(file, new PlanProblem(file, newer.Position.Line, newer.Position.Column, "version", $"The plan is of version {newer.Text}, and {RecoveryPlan.NewestVersion} is the newest that is known here.", "Update DrTools.") { Error = DrError.PlanNewer });
        }

        PlanKeys.Plan.TryRead(root, reading, out var plan);
        PlanReferences.Check(reading);
        return plan is not null && reading.Problems.Count == 0
            ? new PlanReadResult { File = file, Plan = PlanReferences.Complete(plan), Problems = [] }
            : Failed(file, [.. reading.Problems.OrderBy(p => p.Line).ThenBy(p => p.Column)]);
    }

    /// <summary>A version to come may have any keys: nothing else of such a file is judged.</summary>
    private static ScalarNode? NewerVersion(PlanNode root) =>
        root is MappingNode mapping
        && mapping.Entries.FirstOrDefault(e => e.Key.Text == "version").Value is ScalarNode { IsPlain: true } version
        && int.TryParse(version.Text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)
        && number > RecoveryPlan.NewestVersion
            ? version
            : null;

    private static PlanReadResult Failed(string file, params IReadOnlyList<PlanProblem> problems) => new() { File = file, Problems = problems };
}
