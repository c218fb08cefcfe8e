<#
.SYNOPSIS
    The passphrase or key of a repository is lost: shows that a second one opens it, and that what it opens can be restored.
.DESCRIPTION
    Opens each repository of the service with the second secret alone (-SecondPassphraseFile or -SecondKeyFile, which a safe or a second
    person keeps), lists the keys, and restores the newest backup of each source by it. Nothing in the repository is changed: putting a new
    passphrase in (Update-DrRepositoryKey) and removing the lost one (Remove-DrRepositoryKey) is the last step, and people do it.

    As a drill: Invoke-DrDrill -Service shop -Runbook key-lost -RunbookParameter @{ SecondPassphraseFile = '/mnt/safe/pass' }
.PARAMETER Service
    The service of the plan.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER ScratchFolder
    Where backups are restored.
.PARAMETER SecondPassphraseFile
    A file whose first line is the second passphrase.
.PARAMETER SecondKeyFile
    The second key file.
.EXAMPLE
    Invoke-DrDrill -Service shop -Runbook key-lost -RunbookParameter @{ SecondKeyFile = '/mnt/safe/shop.key' }
#>
#Requires -Modules DrTools
param(
    [Parameter(Mandatory)] [string] $Service,
    [DrTools.PowerShell.PlanReference] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [Parameter(Mandatory)] [string] $ScratchFolder,
    [string] $SecondPassphraseFile,
    [string] $SecondKeyFile
)
$ErrorActionPreference = 'Stop'
$read = $Plan.Plan ?? (Get-DrPlan $Plan)
$planned = $read.Service($Service)
$names = @($planned.Sources.Repositories | Select-Object -Unique)

Invoke-DrRunbookStep 'The key is lost' -Role 'incident lead' -Step Event -Prompt 'Which one, who knew it, and may somebody else have it now?'

$secret = Invoke-DrRunbookStep 'Fetch the second secret' -Role 'keeper of the keys' -Step Decide -Prompt 'Who keeps it, where, and how long does it take to have it here?' {
    if ($SecondKeyFile) { @{ KeyFile = (Convert-Path $SecondKeyFile) } }
    elseif ($SecondPassphraseFile) {
        # Secrets are SecureStrings everywhere; ConvertTo-SecureString -AsPlainText would have it in memory no less.
        $passphrase = [securestring]::new()
        foreach ($letter in (Get-Content $SecondPassphraseFile -TotalCount 1).ToCharArray()) { $passphrase.AppendChar($letter) }
        @{ Passphrase = $passphrase }
    }
    else { throw 'No second secret was given: name -SecondPassphraseFile or -SecondKeyFile. If there is none, the data would be lost; add one: Add-DrRepositoryKey.' }
}

foreach ($name in $names) {
    $repository = Invoke-DrRunbookStep "Open $name with it" -Role 'operator' -Step Decide {
        Get-DrRepository $read.Repository($name).Location @secret
    }
    Invoke-DrRunbookStep "List the keys of $name" -Role 'operator' -Step Decide {
        Get-DrRepositoryKey $repository
    }
    foreach ($source in $planned.Sources | Where-Object { $name -in $_.Repositories }) {
        Invoke-DrRunbookStep "Restore $($source.Source) from $name" -Role 'operator' -Step Check {
            $newest = Get-DrBackup $repository -Source $source.Source -Latest
            if (-not $newest) { throw "There is no backup of $($source.Source) in $name." }
            $newest | Test-DrBackupIntegrity -Level Restore -ScratchFolder $ScratchFolder
        }
    }
}

Invoke-DrRunbookStep 'Replace the lost key' -Role 'keeper of the keys' -Step Switch -Prompt 'Put in a new passphrase, remove the lost one, make a new second one, and change the plan. In a drill: say how you would.'
