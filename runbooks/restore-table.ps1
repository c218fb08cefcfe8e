<#
.SYNOPSIS
    A table was dropped or emptied by mistake: brings the data back beside the live database, and proves it before anybody copies it over.
.DESCRIPTION
    For services with SQLite or PostgreSQL databases. The newest backup (or any one, with -RandomBackup) of each database of the service is
    verified and restored into a scratch folder; -Assertion is asked of a restored copy. The live database is not touched: putting the
    table back is the last step, and people do it.

    As a drill: Invoke-DrDrill -Service shop -Runbook restore-table. In need: ./restore-table.ps1 -Service shop -ScratchFolder /var/tmp/restore.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the data is restored.
.PARAMETER Assertion
    Queries that must be true of the restored data, such as 'select count(*) > 0 from orders'; of PostgreSQL '[shop] select …'.
.PARAMETER RandomBackup
    Takes any kept backup instead of the newest one.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook restore-table -RunbookParameter @{ Assertion = 'select count(*) > 0 from orders' }
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder,
    [string[]] $Assertion = @(),
    [switch] $RandomBackup
)
$ErrorActionPreference = 'Stop'

Invoke-DrRunbookStep 'Note what is missing' -Role 'incident lead' -Step Event -Prompt 'Which table, since when, and who noticed? Stop whatever may write to it.'

$backups = Invoke-DrRunbookStep 'Choose the backup' -Role 'database administrator' -Step Decide {
    Get-DrBackup -Service $Service -Plan $Plan | Where-Object Source -NotLike 'files:*' | Group-Object Source | ForEach-Object {
        $RandomBackup ? ($_.Group | Get-Random) : ($_.Group | Sort-Object Started | Select-Object -Last 1)
    }
}
if (-not $backups) {
    throw "There is no backup of a database of $Service."
}

foreach ($backup in $backups) {
    $target = Join-Path $ScratchFolder "table-$($backup.Id)"
    Invoke-DrRunbookStep "Restore $($backup.Source)" -Role 'database administrator' -Step Restore {
        $backup | Restore-DrDatabase -Destination $target
    } -Check { Test-Path $target }
    $asked = $Assertion ? @{ Assertion = $Assertion } : @{}
    Invoke-DrRunbookStep "Prove $($backup.Source)" -Role 'database administrator' -Step Check {
        $backup | Test-DrBackupIntegrity -Level Restore -ScratchFolder $ScratchFolder @asked
    }
}

Invoke-DrRunbookStep 'Put the table back' -Role 'database administrator' -Step Switch -Prompt 'Copy the table from the restored copy into the live database, in one transaction; count its rows in both. In a drill: say how you would.'
Invoke-DrRunbookStep 'Tell everybody' -Role 'incident lead' -Step Switch -Prompt 'Tell users and owners that it is back, and which moment it is of.'
