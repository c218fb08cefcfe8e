using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>Turns failures of the engine into what PowerShell knows.</summary>
internal static class FailureErrorRecord
{
    /// <summary>The id is the error's name, and the remedy the recommended action.</summary>
    public static ErrorRecord Create(DrException failure, object? target) => new(failure, failure.Error.ToString(), CategoryOf(failure.Error), target ?? failure.Subject)
    {
        ErrorDetails = new ErrorDetails(failure.Message) { RecommendedAction = failure.Remedy },
    };

    private static ErrorCategory CategoryOf(DrError error) => error switch
    {
        DrError.BadUsage => ErrorCategory.InvalidArgument,
        DrError.LibraryMissing => ErrorCategory.NotInstalled,
        DrError.RepositoryMissing => ErrorCategory.ObjectNotFound,
        DrError.RepositoryExists => ErrorCategory.ResourceExists,
        DrError.RepositoryNewerFormat => ErrorCategory.NotImplemented,
        DrError.RepositoryHeaderDamaged => ErrorCategory.InvalidData,
        DrError.WrongKey => ErrorCategory.AuthenticationError,
        DrError.KeyRequired => ErrorCategory.AuthenticationError,
        DrError.LeaseHeld => ErrorCategory.ResourceBusy,
        DrError.LeaseLost => ErrorCategory.OperationStopped,
        DrError.IntegrityFailure => ErrorCategory.InvalidData,
        DrError.ObjectMissing => ErrorCategory.InvalidData,
        DrError.ObjectExists => ErrorCategory.ResourceExists,
        DrError.StoreReadOnly => ErrorCategory.PermissionDenied,
        DrError.OutOfSpace => ErrorCategory.QuotaExceeded,
        DrError.StoreFailure => ErrorCategory.DeviceError,
        DrError.SourceMissing => ErrorCategory.ObjectNotFound,
        DrError.SourceFailure => ErrorCategory.ReadError,
        DrError.SourceUnknown => ErrorCategory.InvalidArgument,
        DrError.BackupMissing => ErrorCategory.ObjectNotFound,
        DrError.BackupProtected => ErrorCategory.PermissionDenied,
        DrError.TargetNotEmpty => ErrorCategory.ResourceExists,
        DrError.UnsafePath => ErrorCategory.SecurityError,
        DrError.RestoreMismatch => ErrorCategory.InvalidResult,
        DrError.TargetFailure => ErrorCategory.WriteError,
        DrError.LogConflict => ErrorCategory.ResourceExists,
        DrError.LogMissing => ErrorCategory.ObjectNotFound,
        DrError.ServerUnreachable => ErrorCategory.ConnectionError,
        DrError.ServerFailure => ErrorCategory.InvalidResult,
        DrError.ServerSetting => ErrorCategory.InvalidOperation,
        DrError.PrivilegeMissing => ErrorCategory.PermissionDenied,
        DrError.ServerRunning => ErrorCategory.ResourceBusy,
        DrError.ToolMissing => ErrorCategory.NotInstalled,
        DrError.TargetUnreachable => ErrorCategory.ObjectNotFound,
        DrError.RecoveryFailed => ErrorCategory.InvalidResult,
        DrError.RepositoryOlderFormat => ErrorCategory.NotImplemented,
        DrError.StoreUnreachable => ErrorCategory.ConnectionError,
        DrError.StoreMissing => ErrorCategory.ObjectNotFound,
        DrError.StoreDenied => ErrorCategory.AuthenticationError,
        DrError.ObjectArchived => ErrorCategory.ResourceUnavailable,
        DrError.ObjectLocked => ErrorCategory.PermissionDenied,
        DrError.ClockSkew => ErrorCategory.InvalidOperation,
        DrError.KeyServiceDenied => ErrorCategory.AuthenticationError,
        DrError.KeyServiceUnreachable => ErrorCategory.ConnectionError,
        DrError.KeyServiceFailure => ErrorCategory.InvalidResult,
        DrError.KeyUnusable => ErrorCategory.ResourceUnavailable,
        DrError.PlanMissing => ErrorCategory.ObjectNotFound,
        DrError.PlanInvalid => ErrorCategory.InvalidData,
        DrError.PlanNewer => ErrorCategory.NotImplemented,
        DrError.PlanExists => ErrorCategory.ResourceExists,
        DrError.FileExists => ErrorCategory.ResourceExists,
        DrError.DrillMissing => ErrorCategory.ObjectNotFound,
        DrError.ReportInvalid => ErrorCategory.InvalidData,
        DrError.StepFailed => ErrorCategory.InvalidResult,
        DrError.ActionMissing => ErrorCategory.ObjectNotFound,
        _ => ErrorCategory.NotSpecified,
    };
}
