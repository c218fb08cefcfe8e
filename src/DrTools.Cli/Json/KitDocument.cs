using DrTools.Kit;

namespace DrTools.Cli.Json;

/// <summary>What <c>kit</c> prints.</summary>
internal sealed record KitDocument(string Folder, string Repository, Guid RepositoryId, IReadOnlyList<string> Files, string AlsoNeeded)
{
    public static KitDocument Of(RecoveryKitResult kit) =>
        new(kit.Folder, kit.Repository, kit.RepositoryId, kit.Files, kit.AlsoNeeded);
}
