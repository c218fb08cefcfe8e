using DrTools.Repositories;
using DrTools.Stores;

namespace DrTools.PowerShell;

/// <summary>An opened repository. It stays open, with its key in memory, until it is disposed or the session ends.</summary>
public sealed class DrRepository : IDisposable
{
    internal DrRepository(Repository opened) => Opened = opened;

    /// <summary>Where it is.</summary>
    public string Location => Opened.Location;

    /// <summary>Its identity, the same for ever.</summary>
    public Guid Id => Opened.Id;

    /// <summary>Whether a secret is needed to open it.</summary>
    public bool IsEncrypted => Opened.IsEncrypted;

    /// <summary>How its key is protected.</summary>
    public string KeyProtection => Opened.KeyProtection;

    /// <summary>Version of its format.</summary>
    public int FormatVersion => Opened.FormatVersion;

    /// <summary>When it was created, UTC.</summary>
    public DateTimeOffset CreatedAt => Opened.CreatedAt;

    /// <summary>When its key was last wrapped anew, UTC.</summary>
    public DateTimeOffset KeyChangedAt => Opened.KeyChangedAt;

    /// <summary>On what kind of medium it is, as declared.</summary>
    public string? Medium => Opened.Place.Medium;

    /// <summary>At which site it is, as declared.</summary>
    public string? Site => Opened.Place.Site;

    /// <summary>Whether its store keeps what is stored from being deleted for a time.</summary>
    public bool IsImmutable => Opened.IsImmutable;

    /// <summary>Who may remove its objects before their time; <see langword="null"/> when they are not locked.</summary>
    public ObjectLockMode? ObjectLockMode => Opened.LockPolicy?.Mode;

    /// <summary>How many days ahead everything that is kept is locked; <see langword="null"/> when it is not.</summary>
    public int? RetentionDays => Opened.LockPolicy?.RetentionDays;

    internal Repository Opened { get; }

    /// <summary>Closes it and wipes its key. Objects that came from it can no longer be used with it.</summary>
    public void Dispose() => Opened.DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Its location.</summary>
    public override string ToString() => Location;
}
