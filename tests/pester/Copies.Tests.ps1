param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $secret = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
    $other = [System.Net.NetworkCredential]::new('', 'battery staple').SecurePassword
    $near = New-DrRepository ./near -Passphrase $secret -Medium Disk -Site berlin
    $null = New-DrRepository ./far -Passphrase $other -Medium object -Site frankfurt
}

AfterAll {
    Pop-Location
    $near.Dispose()
}

Describe 'Copies' {
    It 'are made of what is missing, by policy and from the pipeline' {
        $first = Invoke-DrBackup files:./data -Repository $near
        'more' | Add-Content ./data/file.txt
        $second = Invoke-DrBackup files:./data -Repository $near
        $plan = Copy-DrBackup -Repository $near -TargetRepository ./far -TargetPassphrase $other -Latest -WhatIf
        $plan.IsDryRun | Should -BeTrue
        $plan.Backups.BackupId | Should -Be $second.Id
        $plan.StoredBytes | Should -BeGreaterThan 0
        $result = $first | Copy-DrBackup -TargetRepository ./far -TargetPassphrase $other
        $result.Passed | Should -BeTrue
        $result = Copy-DrBackup -Repository $near -TargetRepository ./far -TargetPassphrase $other
        [string[]]$result.Backups.Outcome | Should -Be 'AlreadyThere', 'Copied'
        $copy = Get-DrBackup ./far -Passphrase $other -Backup $second.Id
        $copy.CopiedFrom.RepositoryId | Should -Be $near.Id
        ($copy | Test-DrBackupIntegrity -Level Content).Passed | Should -BeTrue
        $result | Format-Table | Out-String | Should -Match 'True +1 +1 +0'
    }

    It 'say which secret is wrong' {
        { Copy-DrBackup -Repository $near -TargetRepository ./far -TargetPassphrase $secret -ErrorAction Stop } | Should -Throw -ErrorId 'WrongKey,*'
    }

    It 'go to several repositories at once' {
        $far = Get-DrRepository ./far -Passphrase $other
        $backups = Invoke-DrBackup files:./data -Repository $near, $far
        @($backups.Id | Select-Object -Unique).Count | Should -Be 1
        $backups.Repository.Id | Should -Be $near.Id, $far.Id
        $far.Dispose()
    }

    It 'are held against a rule' {
        $far = Get-DrRepository ./far -Passphrase $other
        $result = Test-DrCopyPolicy $near, $far -ProductionSite berlin
        $result.Passed | Should -BeTrue
        $result.Copies, $result.Media, $result.OffSite | Should -Be 3, 2, 1
        $near, $far | Test-DrCopyPolicy -ProductionSite berlin -Quiet | Should -BeTrue
        Set-DrRepository $far -Site berlin
        Test-DrCopyPolicy $near, $far -ProductionSite berlin -Quiet | Should -BeFalse
        (Test-DrCopyPolicy $near, $far -ProductionSite berlin).Findings[0].Missing | Should -BeLike '1 copy at another site*'
        { Test-DrCopyPolicy $near -Policy 3-2 -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        $far.Dispose()
    }
}
