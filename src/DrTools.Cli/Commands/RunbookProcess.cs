using System.Diagnostics;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Secrets;
using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Drills.Runbooks;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary>
/// Holds a drill whose scenario is a runbook: scripts are PowerShell's, so that it is asked to hold the drill with this same module, and
/// the result is read from where every drill is kept.
/// </summary>
internal sealed class RunbookProcess(CommandRun run, SecretChoice secret, string? answers)
{
    private const string Program = "pwsh";
    private const string ModuleVariable = "DRTOOLS_MODULE";

    /// <summary>What PowerShell runs: the values come as arguments, and the ids of the results go into a file.</summary>
    private const string Code = """
        $ErrorActionPreference = 'Stop'
        $module, $plan, $drill, $service, $ids, $scratch, $seed, $random, $answers = $args
        Import-Module $module
        $more = @{}
        if ($scratch) { $more.ScratchFolder = $scratch }
        if ($seed) { $more.Seed = [int] $seed }
        if ($random) { $more.RandomBackup = $true }
        if ($answers) { $more.Answers = $answers }
        $held = Invoke-DrDrill -Name $drill -OnlyService $service -Plan $plan @more
        [System.IO.File]::WriteAllText($ids, $held.Id)
        """;

    /// <summary>Holds it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> without PowerShell; <see cref="DrError.StepFailed"/> when it held no drill.</exception>
    public async Task<DrillResult> HoldAsync(DrillRequest request)
    {
        RunbookDrill.Plan(request);
        var program = Find() ?? throw new DrException(
            DrError.ToolMissing,
            $"The drill {request.Drill?.Name} is held by a runbook, which PowerShell runs, and {Program} is not on the PATH.",
            "Install PowerShell 7.6 or later with the module DrTools, talk the runbook through (--level tabletop), or see its steps (--dry-run).");
        var ids = Path.Combine(Path.GetTempPath(), $"drtools-drill-{Guid.NewGuid():n}");
        try
        {
            var exitCode = await RunAsync(program, request, ids).ConfigureAwait(false);
            return File.Exists(ids) && await File.ReadAllTextAsync(ids, run.Cancellation).ConfigureAwait(false) is { Length: > 0 } id
                ? await new PlanHistory(PlanAccess.Secrets(secret)).FindAsync(request.Plan, id, run.Cancellation).ConfigureAwait(false)
                : throw new DrException(DrError.StepFailed, $"PowerShell held no drill {request.Drill?.Name} of {request.Service} and ended with exit code {exitCode}; what it says is above.", $"See what it says; the module is looked for in {ModuleVariable}, beside this program, and where PowerShell has its modules.") { Subject = request.Service };
        }
        finally
        {
            File.Delete(ids);
        }
    }

    private async Task<int> RunAsync(string program, DrillRequest request, string ids)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = run.Output.IsJson };
        List<string> arguments = ["-NoProfile", "-NoLogo"];
        if (Console.IsInputRedirected)
        {
            arguments.Add("-NonInteractive");
        }

        arguments.AddRange(["-CommandWithArgs", Code, Module(), request.Plan.File, request.Drill!.Name, request.Service, ids, Full(request.WorkFolder), request.Seed?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? string.Empty, request.RandomBackup ? "yes" : string.Empty, Full(answers)]);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A secret is never an argument: only where it lies is told.
        Tell(start, SecretChoice.PassphraseFileVariable, secret.PassphraseFile);
        Tell(start, SecretChoice.KeyFileVariable, secret.KeyFile);
        using var process = Process.Start(start)!;
        try
        {
            if (run.Output.IsJson)
            {
                await process.StandardOutput.BaseStream.CopyToAsync(Console.OpenStandardError(), run.Cancellation).ConfigureAwait(false);
            }

            await process.WaitForExitAsync(run.Cancellation).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C of a terminal reaches both; a signal to this process does not.
            await StopAsync(process).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task StopAsync(Process process)
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static void Tell(ProcessStartInfo start, string variable, string? file)
    {
        if (file is not null)
        {
            start.Environment[variable] = Path.GetFullPath(file);
        }
    }

    private static string Full(string? path) => path is null ? string.Empty : Path.GetFullPath(path);

    /// <summary>The module that this program is part of, or the one that PowerShell finds.</summary>
    private static string Module()
    {
        if (Environment.GetEnvironmentVariable(ModuleVariable) is { Length: > 0 } named)
        {
            return named;
        }

        var beside = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "DrTools.psd1"));
        return File.Exists(beside) ? beside : "DrTools";
    }

    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? Program + ".exe" : Program))
            .FirstOrDefault(File.Exists);
}
