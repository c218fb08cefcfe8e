<#
.SYNOPSIS
    A major failure, of everything that a service and its services need: they are recovered one after another, in the plan's order.
.DESCRIPTION
    Convenes the team, isolates, and then recovers the services that this one depends on, and it, each from its newest backups. What the
    plan says of failover is gone through last.

    As a drill: Invoke-DrDrill -Service shop -Runbook major-failure.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the data is restored.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook major-failure
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder
)
$ErrorActionPreference = 'Stop'
$read = $Plan.Plan ?? (Get-DrPlan $Plan)

# The service, and whatever it needs, directly or not.
$needed = [System.Collections.Generic.List[string]] @($Service)
for ($i = 0; $i -lt $needed.Count; $i++) {
    $read.Service($needed[$i]).DependsOn | Where-Object { $_ -notin $needed } | ForEach-Object { $needed.Add($_) }
}

$ordered = @($read.InOrderOfRecovery() | Where-Object { $_.Name -in $needed })

Invoke-DrRunbookStep 'The failure' -Role 'incident lead' -Step Event -Prompt 'What is lost, since when? Convene the team, and open a log of decisions.'
Invoke-DrRunbookStep 'Decide to recover elsewhere' -Role 'incident lead' -Step Decide -Prompt 'By which criterion of the plan, and who has decided?'
Invoke-DrRunbookStep 'Isolate what is left' -Role 'operator' -Step Decide -Prompt 'Fence it off: nothing of it may come back to life beside what is recovered.'

foreach ($current in $ordered | Where-Object { $_.Sources.Count -gt 0 }) {
    $backups = Invoke-DrRunbookStep "Choose the backups of $($current.Name)" -Role 'operator' -Step Decide {
        Get-DrBackup -Service $current.Name -Plan $Plan -Latest
    }
    if (@($backups).Count -lt $current.Sources.Count) {
        throw "$(@($backups).Count) of $($current.Sources.Count) sources of $($current.Name) have a backup."
    }

    Invoke-DrRunbookStep "Recover $($current.Name)" -Role 'operator' -Step Restore {
        foreach ($backup in $backups) {
            $target = Join-Path $ScratchFolder "$($current.Name)-$($backup.Id)"
            if ($backup.Source -like 'files:*') { $backup | Restore-DrFile -Destination $target }
            else { $backup | Restore-DrDatabase -Destination $target }
        }
    }
    Invoke-DrRunbookStep "Verify $($current.Name)" -Role 'operator' -Step Check {
        $backups | Test-DrBackupIntegrity -Level Content
    }
    foreach ($step in $current.Failover) {
        Invoke-DrRunbookStep "$($current.Name): $($step.Name)" -Role $step.Role -Step Switch -Expected "$($step.Expected)" -Prompt "$($step.Instructions) $($step.Command)"
    }
}

Invoke-DrRunbookStep 'Confirm that the business runs' -Role 'service owners' -Step Check -Prompt 'Main functions tried, users told, last moment in the data told to its owners?'
