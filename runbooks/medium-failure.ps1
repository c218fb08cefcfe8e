<#
.SYNOPSIS
    A medium failure, of a database or a host: isolate, restore, bring up to date, verify, switch the access point.
.DESCRIPTION
    The newest backup of every source of the service is restored into a scratch folder, of a PostgreSQL cluster with its log, and
    verified. Then the failover steps of the plan are gone through, each by its role.

    As a drill: Invoke-DrDrill -Service shop -Runbook medium-failure. In need the scratch folder is where the service will live.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the data is restored.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook medium-failure
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder
)
$ErrorActionPreference = 'Stop'
$read = $Plan.Plan ?? (Get-DrPlan $Plan)
$planned = $read.Service($Service)

Invoke-DrRunbookStep 'The failure' -Role 'incident lead' -Step Event -Prompt 'What fails, since when, and who is called?'
Invoke-DrRunbookStep 'Isolate what is broken' -Role 'operator' -Step Decide -Prompt 'Take it out of service, so that nobody writes to it and nothing archives from it.'

$backups = Invoke-DrRunbookStep 'Choose the backups' -Role 'operator' -Step Decide {
    Get-DrBackup -Service $Service -Plan $Plan -Latest
}
if (@($backups).Count -lt $planned.Sources.Count) {
    throw "$(@($backups).Count) of $($planned.Sources.Count) sources of $Service have a backup."
}

foreach ($backup in $backups) {
    $target = Join-Path $ScratchFolder "restored-$($backup.Id)"
    Invoke-DrRunbookStep "Restore $($backup.Source), with its log if it has one" -Role 'operator' -Step Restore {
        if ($backup.Source -like 'files:*') { $backup | Restore-DrFile -Destination $target }
        else { $backup | Restore-DrDatabase -Destination $target }
    } -Check { Test-Path $target }
}

Invoke-DrRunbookStep 'Verify what was restored' -Role 'operator' -Step Check {
    $backups | Test-DrBackupIntegrity -Level Content
}

foreach ($step in $planned.Failover) {
    Invoke-DrRunbookStep $step.Name -Role $step.Role -Step Switch -Expected "$($step.Expected)" -Prompt "$($step.Instructions) $($step.Command)"
}

Invoke-DrRunbookStep 'Switch the access point' -Role 'network' -Step Switch -Prompt 'Lead users and applications to what was restored, and see that they arrive there.'
