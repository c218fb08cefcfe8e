using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools key list</c>: which secrets open the repository.</summary>
internal sealed class KeyListCommand() : RepositoryCommand("list", "List the secrets that open the repository, without telling them.")
{
    protected override Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        run.Output.Result(KeysDocument.Of(repository), CliJson.Documents.KeysDocument, text =>
        {
            var table = new TextTable("KEY", "KIND", "ADDED", "LABEL");
            foreach (var key in repository.Keys)
            {
                table.Add(
                    key.Id + (key.IsOpener ? " *" : string.Empty),
                    Scalars.Word(key.Kind),
                    key.Added is { } added ? Figures.LocalTime(added) : Figures.LocalTime(repository.CreatedAt),
                    string.Join(' ', new[] { key.Label, key.KmsKey }.OfType<string>()));
            }

            table.Write(text, run.Output.Palette);
            text.WriteLine("* opened it just now");
        });
        return Task.FromResult(ExitCode.Done);
    }
}
