param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $repo = New-DrRepository ./repo -Unencrypted
    $backup = Invoke-DrBackup files:./data -Repository $repo
    $null = Invoke-DrBackup files:./data -Repository $repo
    $other = New-DrRepository ./other -Unencrypted
    $sealed = New-DrRepository ./sealed -Passphrase ([System.Net.NetworkCredential]::new('', 'x').SecurePassword)
    $null = Export-DrDepositRecipient $sealed ./recipient.json
    $null = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json

    function Get-State {
        Get-ChildItem TestDrive:/ -Recurse -File | ForEach-Object { "$($_.FullName) $((Get-FileHash $_.FullName).Hash)" }
    }
}

AfterAll {
    Pop-Location
    $repo.Dispose()
    $other.Dispose()
    $sealed.Dispose()
}

Describe 'With -WhatIf' {
    It '<Name> changes nothing' -ForEach @(
        @{ Name = 'New-DrRepository'; Run = { New-DrRepository ./new -Unencrypted -WhatIf } }
        @{ Name = 'Update-DrRepositoryKey'; Run = { Update-DrRepositoryKey $repo -NewPassphrase ([System.Net.NetworkCredential]::new('', 'x').SecurePassword) -WhatIf } }
        @{ Name = 'Export-DrRecoveryKit'; Run = { Export-DrRecoveryKit $repo ./kit -WhatIf } }
        @{ Name = 'Invoke-DrBackup'; Run = { Invoke-DrBackup files:./data -Repository $repo -WhatIf } }
        @{ Name = 'Invoke-DrBackup to several'; Run = { Invoke-DrBackup files:./data -Repository $repo, $other -WhatIf } }
        @{ Name = 'Copy-DrBackup'; Run = { Copy-DrBackup -Repository $repo -TargetRepository $other -WhatIf } }
        @{ Name = 'Export-DrDepositRecipient'; Run = { Export-DrDepositRecipient $sealed ./again.json -WhatIf } }
        @{ Name = 'New-DrDeposit'; Run = { New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -WhatIf } }
        @{ Name = 'Receive-DrDeposit'; Run = { Receive-DrDeposit $sealed ./inbox -WhatIf } }
        @{ Name = 'Receive-DrDeposit -Remove'; Run = { Receive-DrDeposit $sealed ./inbox -Remove -WhatIf } }
        @{ Name = 'Set-DrRepository'; Run = { Set-DrRepository $repo -Medium tape -WhatIf } }
        @{ Name = 'Remove-DrBackup'; Run = { $backup | Remove-DrBackup -WhatIf } }
        @{ Name = 'Remove-DrBackup -Force'; Run = { $backup | Remove-DrBackup -Force -WhatIf } }
        @{ Name = 'Protect-DrBackup'; Run = { $backup | Protect-DrBackup -WhatIf } }
        @{ Name = 'Unprotect-DrBackup'; Run = { $backup | Unprotect-DrBackup -WhatIf } }
        @{ Name = 'Restore-DrFile'; Run = { $backup | Restore-DrFile -Destination ./restored -WhatIf } }
        @{ Name = 'Restore-DrFile -Force'; Run = { $backup | Restore-DrFile -Destination ./data -Force -WhatIf } }
        @{ Name = 'Invoke-DrRetention'; Run = { Invoke-DrRetention $repo -Keep last=1 -WhatIf } }
        @{ Name = 'Invoke-DrRetention -Force'; Run = { Invoke-DrRetention $repo -Keep last=1 -Force -WhatIf } }
    ) {
        $before = Get-State
        $null = & $Run
        Get-State | Should -Be $before
    }

    It 'honours $WhatIfPreference even with -Force' {
        $before = Get-State
        $WhatIfPreference = $true
        $backup | Remove-DrBackup -Force
        $WhatIfPreference = $false
        Get-State | Should -Be $before
    }

    It 'says what a backup would read' {
        $output = pwsh -NoProfile -NonInteractive -Command "Import-Module '$ModulePath'; Invoke-DrBackup 'files:$TestDrive/data' -Repository '$TestDrive/repo' -WhatIf" | Out-String
        $output | Should -Match 'What if: Take a backup \(Incremental\) of files:.*data into .*repo: the last one, .* holds 1 file and'
    }
}

Describe 'Without -Force' {
    It '<_> asks, so that a run without a person fails instead of waiting' -ForEach 'Remove-DrBackup -Backup latest', 'Invoke-DrRetention -Keep last=1' {
        $output = pwsh -NoProfile -NonInteractive -Command "Import-Module '$ModulePath'; $_ -Repository '$TestDrive/repo'" 2>&1 | Out-String
        $LASTEXITCODE | Should -Be 1
        $output | Should -Match 'NonInteractive'
        Get-DrBackup $repo | Should -HaveCount 2
    }
}
