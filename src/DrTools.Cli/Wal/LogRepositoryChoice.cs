namespace DrTools.Cli.Wal;

/// <summary>The repositories of a log, as they were given.</summary>
/// <param name="Locations">Where they are; none for the one that the environment names.</param>
/// <param name="KeyFiles">Key files: one for all repositories, or one for each.</param>
/// <param name="PassphraseFiles">Passphrase files, likewise.</param>
internal sealed record LogRepositoryChoice(string[] Locations, string[] KeyFiles, string[] PassphraseFiles);
