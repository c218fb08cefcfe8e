@{
    RootModule           = 'DrTools.PowerShell.dll'
    # Loaded first: it shows PowerShell where the engine is. Then what Pester gets, where it is.
    NestedModules        = @('DrTools.PowerShell.Loader.dll', 'DrTools.Pester.psm1')
    ModuleVersion        = '0.1.0'
    GUID                 = 'b1d5f6a4-6c0e-4c39-9a57-2f1c8f0d7e31'
    Author               = 'DrTools contributors'
    CompanyName          = 'DrTools'
    Copyright            = '(c) DrTools contributors. MIT licence.'
    Description          = 'Disaster recovery with evidence: backs up files and databases into an encrypted repository, verifies the backups by reading and by restoring them, restores them, and keeps a journal that proves it.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('DrTools.Format.ps1xml')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    CmdletsToExport      = @(
        'Add-DrRepositoryKey'
        'Copy-DrBackup'
        'Enable-DrLogArchive'
        'Export-DrDepositRecipient'
        'Export-DrRecoveryKit'
        'Export-DrReport'
        'Find-DrRestorePoint'
        'Get-DrAction'
        'Get-DrBackup'
        'Get-DrBucketProtection'
        'Get-DrDeposit'
        'Get-DrDrill'
        'Get-DrPlan'
        'Get-DrRecoveryProgress'
        'Get-DrRecoveryWindow'
        'Get-DrRegionPair'
        'Get-DrRepository'
        'Get-DrRepositoryKey'
        'Get-DrRun'
        'Get-DrRunbook'
        'Get-DrStrategy'
        'Get-DrTier'
        'Invoke-DrBackup'
        'Invoke-DrDrill'
        'Invoke-DrRetention'
        'Invoke-DrRunbookStep'
        'Measure-DrCost'
        'Measure-DrDrillCoverage'
        'Measure-DrImpact'
        'Measure-DrObjective'
        'Measure-DrTrend'
        'New-DrAction'
        'New-DrDeposit'
        'New-DrPlan'
        'New-DrRepository'
        'New-DrRestorePlan'
        'Protect-DrBackup'
        'Receive-DrDeposit'
        'Remove-DrBackup'
        'Remove-DrRepositoryKey'
        'Request-DrBackupThaw'
        'Restart-DrDatabase'
        'Restore-DrDatabase'
        'Restore-DrFile'
        'Restore-DrTable'
        'Set-DrAction'
        'Set-DrBucketProtection'
        'Set-DrRepository'
        'Start-DrLogStream'
        'Switch-DrLog'
        'Test-DrBackupIntegrity'
        'Test-DrCopyPolicy'
        'Test-DrEvidence'
        'Test-DrPlan'
        'Test-DrRepository'
        'Test-DrSource'
        'Unprotect-DrBackup'
        'Update-DrRepository'
        'Update-DrRepositoryKey'
    )
    PrivateData          = @{
        PSData = @{
            Tags         = @('backup', 'restore', 'disaster-recovery', 'verification', 'retention', 'sqlite', 'encryption', 'PSEdition_Core', 'Linux', 'Windows')
            ReleaseNotes = '0.1.0: encrypted repositories in folders; files and SQLite databases backed up, verified, restored and retained; a journal of every run.'
        }
    }
}
