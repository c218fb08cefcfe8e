<#
.SYNOPSIS
    A minor failure, of files: what was deleted or spoilt is restored beside the live tree and compared, and nothing else is touched.
.DESCRIPTION
    For services with files. The newest backup is verified to the last byte, what -Include names is restored into a scratch folder, and
    people put it back.

    As a drill: Invoke-DrDrill -Service documents -Runbook minor-failure.
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where the files are restored.
.PARAMETER Include
    Patterns of what is missing; everything if not given.
.EXAMPLE
    Invoke-DrDrill -Service documents -Runbook minor-failure -RunbookParameter @{ Include = '*.docx' }
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder,
    [string[]] $Include = @()
)
$ErrorActionPreference = 'Stop'

Invoke-DrRunbookStep 'Note what is missing' -Role 'operator' -Step Event -Prompt 'Which files, since when, and who noticed?'

$backups = Invoke-DrRunbookStep 'Choose the backup' -Role 'operator' -Step Decide {
    Get-DrBackup -Service $Service -Plan $Plan -Latest | Where-Object Source -Like 'files:*'
}
if (-not $backups) {
    throw "There is no backup of files of $Service."
}

$wanted = $Include ? @{ Include = $Include } : @{}
foreach ($backup in $backups) {
    $target = Join-Path $ScratchFolder "files-$($backup.Id)"
    Invoke-DrRunbookStep "Read the backup of $($backup.Source)" -Role 'operator' -Step Decide {
        $backup | Test-DrBackupIntegrity -Level Content
    }
    Invoke-DrRunbookStep "Restore $($backup.Source)" -Role 'operator' -Step Restore {
        $backup | Restore-DrFile -Destination $target @wanted
    } -Check { (Get-ChildItem $target -Recurse -File -Force | Select-Object -First 1) -is [System.IO.FileInfo] }
}

Invoke-DrRunbookStep 'Put the files back' -Role 'operator' -Step Switch -Prompt 'Move what is missing into its place, with owner and permissions. In a drill: say how you would.'
