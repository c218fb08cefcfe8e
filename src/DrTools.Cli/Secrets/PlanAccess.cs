using DrTools.Plans;

namespace DrTools.Cli.Secrets;

/// <summary>Where the secrets of a plan's repositories come from on the command line.</summary>
internal static class PlanAccess
{
    /// <summary>For what the plan does not say: what was given, or what the environment names. There are no vaults here.</summary>
    public static PlanSecrets Secrets(SecretChoice otherwise) => new() { Otherwise = otherwise.Load };
}
