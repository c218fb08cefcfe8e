namespace DrTools.PostgreSql.Cluster;

/// <summary>What a cluster was doing when its control file was written (<c>DBState</c>).</summary>
public enum ClusterState
{
    /// <summary>Being started for the first time.</summary>
    StartingUp = 0,

    /// <summary>Shut down cleanly.</summary>
    ShutDown = 1,

    /// <summary>Shut down cleanly as a standby.</summary>
    ShutDownInRecovery = 2,

    /// <summary>Being shut down.</summary>
    ShuttingDown = 3,

    /// <summary>Recovering from a crash.</summary>
    InCrashRecovery = 4,

    /// <summary>Recovering from an archive, or a standby.</summary>
    InArchiveRecovery = 5,

    /// <summary>Running, or ended without a clean shutdown.</summary>
    InProduction = 6,
}
