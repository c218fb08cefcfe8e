param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Copy-Item $PSScriptRoot/data/shop.db TestDrive:/shop.db
    $null = New-Item TestDrive:/etc/nested -ItemType Directory
    'one' | Set-Content TestDrive:/etc/one.conf
    'two' | Set-Content TestDrive:/etc/nested/two.conf
    'three' | Set-Content TestDrive:/etc/three.txt
    $pass = [System.Net.NetworkCredential]::new('', 'correct horse battery staple').SecurePassword
    Push-Location TestDrive:/
}

AfterAll {
    Pop-Location
    $repo.Dispose()
}

Describe 'The main job' {
    It 'creates a repository at a path of a PowerShell drive' {
        $script:repo = New-DrRepository -Location ./repo -Passphrase $pass
        $repo.IsEncrypted | Should -BeTrue
        $repo.Location | Should -Be (Join-Path $TestDrive repo)
    }

    It 'backs up files and a database' {
        $backups = Invoke-DrBackup -Repository $repo -Source files:./etc, sqlite:./shop.db -Reason 'before the migration'
        $backups | Should -HaveCount 2
        $backups[0].Source | Should -Be "files:$(Join-Path $TestDrive etc)"
        $backups[0].Files | Should -Be 3
        $backups[0].Type | Should -Be Full
        $backups.Reason | Should -Be @('before the migration', 'before the migration')
        ($backups[1].Facts.Tables | Where-Object Table -EQ orders).Rows | Should -Be 100
    }

    It 'takes the next backup of a source incrementally' {
        'changed' | Set-Content ./etc/three.txt
        $backup = 'files:./etc' | Invoke-DrBackup -Repository $repo
        $backup.Type | Should -Be Incremental
        $backup.ParentId | Should -Not -BeNullOrEmpty
    }

    It 'verifies every backup of a pipeline' {
        $results = Get-DrBackup -Repository $repo | Test-DrBackupIntegrity -Level Content
        $results | Should -HaveCount 3
        $results.Passed | Should -Not -Contain $false
        Get-DrBackup $repo -Latest | Test-DrBackupIntegrity -Level Restore -Quiet | Should -Be @($true, $true)
    }

    It 'returns the plan of a restore with -WhatIf and writes nothing' {
        $plan = Get-DrBackup -Repository $repo -Source files:./etc -Latest |
            Restore-DrFile -Destination ./restored -Include '*.conf' -WhatIf
        $plan.Files | Should -Be 2
        $plan.Target | Should -Be (Join-Path $TestDrive restored)
        $plan.Obstacles | Should -BeNullOrEmpty
        './restored' | Should -Not -Exist
    }

    It 'restores the files that patterns name' {
        $result = Get-DrBackup -Repository $repo -Source files:./etc -Latest | Restore-DrFile -Destination ./restored -Include '*.conf'
        $result.Passed | Should -BeTrue
        Get-Content ./restored/nested/two.conf | Should -Be 'two'
        './restored/three.txt' | Should -Not -Exist
    }

    It 'restores a database and compares its rows' {
        $result = Get-DrBackup -Repository $repo -Source sqlite:./shop.db -Latest | Restore-DrDatabase -Destination ./shop-restored.db
        $result.Passed | Should -BeTrue
        $result.Checks.Count | Should -BeGreaterThan 0
        (Get-Item ./shop-restored.db).Length | Should -Be (Get-Item ./shop.db).Length
    }

    It 'lists the runs' {
        $runs = Get-DrRun -Repository $repo -Last 10
        $runs[0].Operation | Should -Be backup
        $runs[0].Duration | Should -BeOfType timespan
        $runs.Operation | Should -Contain verify
        $runs.Operation | Should -Contain restore
        Get-DrRun $repo -Last 1 | Should -HaveCount 1
    }

    It 'finds the repository sound' {
        (Test-DrRepository $repo).Findings | Should -BeNullOrEmpty
        $repo | Test-DrRepository -Quiet | Should -BeTrue
    }

    It 'shows retention decisions with -WhatIf and carries out the same' {
        $planned = Invoke-DrRetention $repo -Keep last=1 -WhatIf
        ($planned | Where-Object Action -EQ Remove) | Should -HaveCount 1
        Get-DrBackup $repo | Should -HaveCount 3
        $done = Invoke-DrRetention $repo -Keep last=1 -Force
        $done.Action | Should -Be $planned.Action
        $done.Reasons | Should -Be $planned.Reasons
        Get-DrBackup $repo | Should -HaveCount 2
    }

    It 'exports a recovery kit' {
        $kit = Export-DrRecoveryKit $repo ./kit
        $kit.Files | Should -Contain RECOVERY.md
        './kit/RECOVERY.md' | Should -Exist
    }

    It 'replaces the secret' {
        $new = [System.Net.NetworkCredential]::new('', 'another passphrase').SecurePassword
        Update-DrRepositoryKey $repo -NewPassphrase $new
        (Get-DrRepository ./repo -Passphrase $new).Id | Should -Be $repo.Id
        { Get-DrRepository ./repo -Passphrase $pass -ErrorAction Stop } | Should -Throw -ErrorId 'WrongKey,*'
    }
}

Describe 'A repository that is named by its location' {
    BeforeAll {
        'a passphrase in a file' | Set-Content ./pass.txt
        $env:DRTOOLS_PASSPHRASE_FILE = Join-Path $TestDrive pass.txt
    }

    AfterAll {
        Remove-Item env:DRTOOLS_PASSPHRASE_FILE
    }

    It 'is opened with the secret that the environment names, and its backups can be piped on' {
        (New-DrRepository ./second).Dispose()
        Invoke-DrBackup files:./etc -Repository ./second | Test-DrBackupIntegrity -Level Content -Quiet | Should -BeTrue
        $kept = Get-DrBackup ./second
        $kept | Restore-DrFile -Destination ./second-restored | ForEach-Object Files | Should -Be 3
    }

    It 'comes from the environment too' {
        $env:DRTOOLS_REPOSITORY = Join-Path $TestDrive second
        try {
            Get-DrBackup | Should -HaveCount 1
        } finally {
            Remove-Item env:DRTOOLS_REPOSITORY
        }
    }
}
