<#
.SYNOPSIS
    The monthly test: any kept backup of each source is restored, checked and timed. Runs unattended.
.DESCRIPTION
    Each source's backup is picked at random (with -Seed the same ones again, as long as the same ones are kept), restored into a scratch
    folder with the source's own checks, and asked -Assertion.

    As a drill: Invoke-DrDrill -Service shop -Runbook monthly-restore, every month, by a timer.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the backups are restored.
.PARAMETER Seed
    What the choice comes from.
.PARAMETER Assertion
    Queries that must be true of restored databases.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook monthly-restore -JUnit ./monthly.xml
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder,
    [int] $Seed = (Get-Random),
    [string[]] $Assertion = @()
)
$ErrorActionPreference = 'Stop'
$random = [System.Random]::new($Seed)

$chosen = Invoke-DrRunbookStep 'Pick a backup of each source' -Step Decide {
    Get-DrBackup -Service $Service -Plan $Plan | Group-Object Source | Sort-Object Name | ForEach-Object { $_.Group[$random.Next($_.Count)] }
}
if (-not $chosen) {
    throw "There is no backup of $Service."
}

foreach ($backup in $chosen) {
    $asked = $Assertion -and $backup.Source -notlike 'files:*' ? @{ Assertion = $Assertion } : @{}
    Invoke-DrRunbookStep "Restore $($backup.Id) of $($backup.Source) and check it" -Step Check {
        $backup | Test-DrBackupIntegrity -Level Restore -ScratchFolder $ScratchFolder @asked
    }
}
