using DrTools.Repositories.Packs;
using DrTools.Stores;

namespace DrTools.Copies;

/// <summary>A pack whose bytes have all been handed to the target's store.</summary>
/// <param name="Pack">The pack as the target's manifests are to name it.</param>
/// <param name="End">What it has to say of itself.</param>
/// <param name="Object">Not committed yet.</param>
internal sealed record WrittenPack(PackInfo Pack, PackEnd End, ObjectWriter Object);
