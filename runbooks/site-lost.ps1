<#
.SYNOPSIS
    A whole site is lost: recovers a service from repositories at other sites only, and says so when there is none.
.DESCRIPTION
    Only repositories that the plan has at other sites than the service's are opened. Of each source the newest backup there is restored
    into a scratch folder and verified.

    As a drill: Invoke-DrDrill -Service shop -Runbook site-lost. Yearly, at the least.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the data is restored.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook site-lost
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
$elsewhere = @($read.Repositories | Where-Object { $_.Place.Site -and $_.Place.Site -ne $planned.Site } | ForEach-Object Name)

Invoke-DrRunbookStep 'The site is lost' -Role 'incident lead' -Step Event -Prompt "Everything at $($planned.Site ?? 'the site of the service') is gone. Who is safe, who can work, and from where?"
Invoke-DrRunbookStep 'Decide to move' -Role 'incident lead' -Step Decide -Prompt 'By which criterion of the plan, to which site, and who has decided?'

foreach ($source in $planned.Sources) {
    $left = @($source.Repositories | Where-Object { $_ -in $elsewhere })
    $backup = Invoke-DrRunbookStep "Find $($source.Source) at another site" -Role 'operator' -Step Decide {
        if (-not $left) { throw "The plan has no repository of $($source.Source) at another site." }
        $left | ForEach-Object { Get-DrBackup $_ -Service $Service -Plan $Plan -Source $source.Source -Latest } | Sort-Object Started | Select-Object -Last 1
    }
    if (-not $backup) {
        throw "There is no backup of $($source.Source) at another site."
    }

    $target = Join-Path $ScratchFolder "site-$($backup.Id)"
    Invoke-DrRunbookStep "Restore $($source.Source)" -Role 'operator' -Step Restore {
        if ($source.Source -like 'files:*') { $backup | Restore-DrFile -Destination $target }
        else { $backup | Restore-DrDatabase -Destination $target }
    } -Check { Test-Path $target }
    Invoke-DrRunbookStep "Verify $($source.Source)" -Role 'operator' -Step Check {
        $backup | Test-DrBackupIntegrity -Level Content
    }
}

foreach ($step in $planned.Failover) {
    Invoke-DrRunbookStep $step.Name -Role $step.Role -Step Switch -Expected "$($step.Expected)" -Prompt "$($step.Instructions) $($step.Command)"
}

Invoke-DrRunbookStep 'Lead users to the new site' -Role 'network' -Step Switch -Prompt 'Names, routes, certificates; then main functions tried from outside.'
