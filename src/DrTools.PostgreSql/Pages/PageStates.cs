namespace DrTools.PostgreSql.Pages;

/// <summary>What a scan found out about a page.</summary>
[Flags]
public enum PageStates : byte
{
    /// <summary>A sound page that was changed at or after the threshold.</summary>
    None = 0,

    /// <summary>Its LSN is real and lies before the threshold: no WAL record changed it since.</summary>
    Older = 1,

    /// <summary>It is not what was written: its checksum is wrong, or it claims to be new and is not all zeros.</summary>
    Damaged = 2,

    /// <summary>It was added to its file and never initialised: zeros only. It has no LSN.</summary>
    New = 4,
}
