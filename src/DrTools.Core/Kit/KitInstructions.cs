using DrTools.Repositories;

namespace DrTools.Kit;

/// <summary>The text of a recovery kit, for someone who has never seen DrTools and has no time.</summary>
internal static class KitInstructions
{
    public static string Write(Repository repository, DateTimeOffset now, string alsoNeeded, bool hasProgram) => $$"""
        # Recovery kit

        | | |
        |---|---|
        | repository | `{{repository.Location}}` |
        | repository id | `{{repository.Id:D}}` |
        | format version | {{repository.FormatVersion}} |
        | opens with | {{repository.KeyProtection}} |
        | you also need | {{alsoNeeded}} |
        | written | {{now:yyyy-MM-dd HH:mm:ss}} UTC on {{Environment.MachineName}} |

        Write this kit anew after every rotation of the key.

        ## 1. A machine with DrTools

        {{(hasProgram
            ? "Take any 64-bit Linux machine with the .NET 10 runtime. The program is in the folder `drtools` of this kit: run `drtools/drtools`, or `dotnet drtools/drtools.dll`."
            : "Install DrTools (the `drtools` program, or the PowerShell module) on any machine with .NET 10.")}}

        ## 2. The repository

        {{(repository.Store.IsRemote
            ? $"""
            Its location is `{repository.Location}`; below it is called REPO. Put it in quotes. The program needs credentials for it, which
            are not in this kit: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, for a user who may read the bucket. A copy of
            the repository in a folder serves as well: the one that holds `header`, `manifests` and `packs`. If `header` is damaged or gone
            there, copy the folder `header` of this kit to its place.
            """
            : """
            Mount or copy the repository so that it can be read, at any path; below it is called REPO. It is the folder that
            holds `header`, `manifests` and `packs`. If its folder `header` is damaged or gone, copy the folder `header` of
            this kit to its place.
            """)}}

        ## 3. What there is

            drtools check --repo REPO
            drtools list --repo REPO

        ## 4. Restore

        The newest backup of one source into an empty folder (a database: into a file):

            drtools restore latest --repo REPO --source SOURCE --target FOLDER

        A single file or folder out of it:

            drtools restore latest --repo REPO --source SOURCE --target FOLDER --include 'path/inside'

        Nothing that exists is overwritten unless you add `--force`. An interrupted restore is carried on by running the
        same command again. Every restored file is compared with the SHA-256 taken at backup time; exit code 0 means that
        everything is there, 20 that something is damaged (it is named, and everything else has been restored).

        ## If the passphrase does not work

        Exit code 12. Check the keyboard layout and trailing blanks. Without the passphrase or key file that the table
        above names nobody can read the repository.

        """;
}
