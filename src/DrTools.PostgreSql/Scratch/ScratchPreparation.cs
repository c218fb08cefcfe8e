using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Scratch;

/// <summary>Makes a restored data directory one that touches nothing outside its folder.</summary>
internal sealed class ScratchPreparation(string folder, string dataDirectory, ServerPrograms programs)
{
    public void Run()
    {
        var version = Path.Combine(dataDirectory, "PG_VERSION");
        if (!File.Exists(version) || File.ReadAllText(version).Trim() is var text && text != $"{programs.MajorVersion}")
        {
            throw new DrException(
                DrError.RecoveryFailed,
                File.Exists(version) ? $"{dataDirectory} is of PostgreSQL {File.ReadAllText(version).Trim()}, and the server in {programs.Folder} of {programs.Version}." : $"{dataDirectory} is no data directory: it has no PG_VERSION.",
                "Restore a physical backup, and use a server of its major version.")
            { Subject = dataDirectory };
        }

        // Settings and rules of the original name its files, hosts and commands; none of them counts here.
        foreach (var name in (string[])["postmaster.pid", "postmaster.opts", "standby.signal", "recovery.signal", "recovery.conf"])
        {
            File.Delete(Path.Combine(dataDirectory, name));
        }

        File.WriteAllText(Path.Combine(dataDirectory, Recovery.RecoverySettings.SettingsFile), string.Empty);
        File.WriteAllText(Path.Combine(folder, "pg_hba.conf"), "local all all trust\n");
        File.WriteAllText(Path.Combine(folder, "pg_ident.conf"), string.Empty);
        CheckLinks();
        PlaceTablespaces();
        Directory.CreateDirectory(Path.Combine(dataDirectory, "pg_wal", "archive_status"));
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(dataDirectory, "pg_wal")).Where(f => Path.GetFileName(f).Length == 24))
        {
            TablespaceGuard.Apply(segment);
        }

        PrivateFiles.Enclose(dataDirectory);
    }

    /// <summary>A link in a copied data directory leads into the original, which the server would then write to.</summary>
    private void CheckLinks()
    {
        var wal = new DirectoryInfo(Path.Combine(dataDirectory, "pg_wal"));
        if (wal.LinkTarget is { } target)
        {
            throw Leads(wal.FullName, target);
        }
    }

    /// <summary>Tablespaces come as folders below <c>pg_tblspc</c>; servers want links there, which lead to this folder.</summary>
    private void PlaceTablespaces()
    {
        var links = Path.Combine(dataDirectory, "pg_tblspc");
        if (!Directory.Exists(links))
        {
            return;
        }

        foreach (var entry in new DirectoryInfo(links).EnumerateDirectories().ToList())
        {
            if (entry.LinkTarget is { } target)
            {
                throw Leads(entry.FullName, target);
            }

            var place = Path.Combine(folder, "tablespaces", entry.Name);
            PrivateFiles.MakeFolder(Path.GetDirectoryName(place)!);
            Directory.Move(entry.FullName, place);
            File.CreateSymbolicLink(entry.FullName, place);
        }

        // The map would lead them to where they were.
        File.Delete(Path.Combine(dataDirectory, "tablespace_map"));
    }

    private static DrException Leads(string link, string target) => new(
        DrError.UnsafePath, $"{link} leads out of the scratch folder, to {target}.", "Restore a backup taken by DrTools: it holds what the links lead to.") { Subject = link };
}
