using DrTools.Copies;

namespace DrTools.Cli.Output;

/// <summary>Tells how the copies of each source stand against a rule.</summary>
internal static class CopyPolicyLines
{
    public static void Write(TextWriter text, Palette palette, CopyRule rule, IReadOnlyList<CopyPolicyResult> results)
    {
        foreach (var result in results)
        {
            var verdict = result.Passed ? palette.Paint("passed", Tone.Good) : palette.Paint("FAILED", Tone.Bad);
            text.WriteLine($"{palette.Paint($"{result.Source} on {result.Host}", Tone.Strong)}  {verdict}  {rule}");
            text.WriteLine($"  {Figures.Count(result.Copies, "copy", "copies")} with the production data, {Figures.Count(result.Media, "kind of medium", "kinds of media")}, {result.OffSite} elsewhere, {result.Immutable} immutable, {result.Unverified} unverified");
            if (result.Repositories.Count > 0)
            {
                var table = new TextTable("  REPOSITORY", "MEDIUM", "SITE", "IMMUTABLE", ">BACKUPS", ">AGE", "VERIFIED");
                foreach (var state in result.Repositories)
                {
                    table.Add(
                        "  " + state.Repository,
                        state.Medium ?? "?",
                        state.Site ?? "?",
                        state.IsImmutable ? "yes" : "no",
                        Figures.Count(state.Backups),
                        new Cell(Figures.Duration(state.Age), state.Counts ? Tone.Plain : Tone.Bad),
                        new Cell(state.LastVerified is { } at ? $"{Figures.LocalTime(at)} ({state.VerifiedBy!.ToLowerInvariant()}, {state.VerifiedOutcome!.Value.ToString().ToLowerInvariant()})" : "never", state.IsVerified ? Tone.Good : Tone.Caution));
                }

                table.Write(text, palette);
            }

            foreach (var finding in result.Findings)
            {
                Write(text, $"  {palette.Paint("missing", Tone.Bad)}  ", finding.Missing);
                Write(text, "    remedy  ", finding.Remedy);
            }

            text.WriteLine();
        }

        if (results.Count == 0)
        {
            text.WriteLine("There is no backup in these repositories.");
        }
    }

    private static void Write(TextWriter text, string label, string content)
    {
        foreach (var (line, i) in TextWrap.Lines(content, 84).Select((l, i) => (l, i)))
        {
            text.WriteLine((i == 0 ? label : "            ") + line);
        }
    }
}
