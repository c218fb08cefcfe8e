param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $pass = [System.Net.NetworkCredential]::new('', 'right').SecurePassword
    $wrong = [System.Net.NetworkCredential]::new('', 'wrong').SecurePassword
    $repo = New-DrRepository ./repo -Passphrase $pass
    $first = Invoke-DrBackup files:./data -Repository $repo
    $second = Invoke-DrBackup files:./data -Repository $repo
}

AfterAll {
    Pop-Location
    $repo.Dispose()
}

Describe 'Errors' {
    It 'end the command when there is no repository' {
        { Get-DrBackup ./nowhere } | Should -Throw -ErrorId 'RepositoryMissing,*'
    }

    It 'say what to do next, and keep the category' {
        try { Get-DrBackup ./nowhere } catch { $failure = $_ }
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Check the location'
        $failure.Exception.Error | Should -Be RepositoryMissing
    }

    It 'tell a wrong passphrase from a missing one' {
        { Get-DrBackup ./repo -Passphrase $wrong } | Should -Throw -ErrorId 'WrongKey,*'
        { Get-DrBackup ./repo } | Should -Throw -ErrorId 'KeyRequired,*'
    }

    It 'refuse a second repository in the same place' {
        { New-DrRepository ./repo -Passphrase $pass -ErrorAction Stop } | Should -Throw -ErrorId 'RepositoryExists,*'
    }

    It 'refuse to create a repository when nothing says what shall open it' {
        { New-DrRepository ./other -ErrorAction Stop } | Should -Throw -ErrorId 'KeyRequired,*'
        './other' | Should -Not -Exist
    }

    It 'refuse a location that is not in a file system' {
        { Get-DrBackup env:/PATH } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'of one source do not end the others' {
        $done = Invoke-DrBackup files:./missing, nonsense, files:./data -Repository $repo -ErrorAction SilentlyContinue -ErrorVariable failures
        $done | Should -HaveCount 1
        $failures.FullyQualifiedErrorId | Should -BeLike '*,DrTools.PowerShell.Commands.InvokeDrBackupCommand'
        ($failures.FullyQualifiedErrorId -replace ',.*') | Should -Be @('SourceMissing', 'SourceUnknown')
        $failures[0].TargetObject | Should -Be 'files:./missing'
        $done | Remove-DrBackup -Force
    }

    It 'of one backup do not end the others' {
        $results = 'nothing', $first.Id | Test-DrBackupIntegrity -Repository $repo -ErrorAction SilentlyContinue -ErrorVariable failures
        $results.BackupId | Should -Be $first.Id
        $failures.FullyQualifiedErrorId | Should -BeLike 'BackupMissing,*'
    }

    It 'keep data in a destination without -Force' {
        $null = New-Item ./full -ItemType Directory
        'mine' | Set-Content ./full/file.txt
        { $second | Restore-DrFile -Destination ./full -ErrorAction Stop } | Should -Throw -ErrorId 'TargetNotEmpty,*'
        Get-Content ./full/file.txt | Should -Be 'mine'
        ($second | Restore-DrFile -Destination ./full -Force).Passed | Should -BeTrue
        Get-Content ./full/file.txt | Should -Be 'content'
    }

    It 'keep protected backups and the last one of a source' {
        $first | Protect-DrBackup -Reason 'audit'
        (Get-DrBackup $repo -Backup $first.Id).PinReason | Should -Be 'audit'
        { $first | Remove-DrBackup -Force -ErrorAction Stop } | Should -Throw -ErrorId 'BackupProtected,*'
        ($first | Unprotect-DrBackup -PassThru).IsPinned | Should -BeFalse
        ($first | Remove-DrBackup -Force -PassThru).RemovedBackups | Should -Be 1
        { $second | Remove-DrBackup -Force -ErrorAction Stop } | Should -Throw -ErrorId 'BackupProtected,*'
        Get-DrBackup $repo | Should -HaveCount 1
    }

    It 'refuse a policy that makes no sense' {
        { Invoke-DrRetention $repo -Keep sometimes -Force -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'refuse to restore files as a database' {
        { $second | Restore-DrDatabase -Destination ./x.db -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'show damage as a finding, and a restore of it as an error' {
        $damaged = New-DrRepository ./damaged -Unencrypted
        $backup = Invoke-DrBackup files:./data -Repository $damaged
        $pack = Get-ChildItem ./damaged -Recurse -File | Where-Object FullName -Match 'pack' | Sort-Object Length | Select-Object -Last 1
        $bytes = [System.IO.File]::ReadAllBytes($pack.FullName)
        for ($i = 0; $i -lt $bytes.Length; $i++) { $bytes[$i] = $bytes[$i] -bxor 1 }
        $null = $pack | Remove-Item -Force
        [System.IO.File]::WriteAllBytes($pack.FullName, $bytes)
        $result = $backup | Test-DrBackupIntegrity -Level Content -ErrorAction SilentlyContinue
        $result.Passed | Should -Not -BeTrue
        $null = $backup | Restore-DrFile -Destination ./from-damaged -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'IntegrityFailure,*'
        $damaged.Dispose()
    }
}

Describe 'A partial backup' {
    It 'names what is missing in a warning' {
        # The kernel lets not even root read compact_memory.
        $backup = Invoke-DrBackup files:/proc/sys/vm -Repository $repo -WarningVariable warnings -WarningAction SilentlyContinue
        $backup.IsPartial | Should -BeTrue
        $warnings | Should -Match 'is partial: .*compact_memory'
    }
}
