using System.Management.Automation;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>Restores databases.</summary>
[Cmdlet(VerbsData.Restore, "DrDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(RestoreResult), typeof(RestorePlan))]
public sealed class RestoreDrDatabaseCommand : RestoreCommand;
