param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data/nested -ItemType Directory
    foreach ($i in 1..30) {
        "line of $i`n" * 40 * $i | Set-Content "./data/nested/file-$i.txt"
    }
    'content' | Set-Content ./data/file.txt
    $secret = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
    $repo = New-DrRepository ./repo -Passphrase $secret
    $recipient = Export-DrDepositRecipient $repo ./recipient.json

    function Get-Hash([string] $Folder) {
        $root = (Resolve-Path $Folder).ProviderPath
        Get-ChildItem $root -Recurse -File | ForEach-Object { "$([System.IO.Path]::GetRelativePath($root, $_.FullName)) $((Get-FileHash $_.FullName).Hash)" }
    }
}

AfterAll {
    Pop-Location
    $repo.Dispose()
}

Describe 'A recipient' {
    It 'is a file with the public key of a repository' {
        $recipient.RepositoryId | Should -Be $repo.Id
        $recipient.Fingerprint | Should -MatchExactly '^[0-9a-f]{16}$'
        $recipient.Path | Should -Be (Join-Path $TestDrive recipient.json)
        (Get-Content ./recipient.json | ConvertFrom-Json).Fingerprint | Should -Be $recipient.Fingerprint
        ($repo | Export-DrDepositRecipient -Path ./again.json).Fingerprint | Should -Be $recipient.Fingerprint
    }

    It 'is not written over' {
        { Export-DrDepositRecipient $repo ./recipient.json -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'is not written of a repository that everybody can open' {
        $open = New-DrRepository ./open -Unencrypted
        { Export-DrDepositRecipient $open ./open.json -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        './open.json' | Should -Not -Exist
        $open.Dispose()
    }

    It 'is believed only when its file is whole' -ForEach 'missing.json', 'data/file.txt', 'changed.json' {
        (Get-Content ./recipient.json -Raw) -replace $recipient.Fingerprint, '0000000000000000' | Set-Content ./changed.json
        { New-DrDeposit files:./data -Destination ./nowhere -RecipientPath "./$_" } | Should -Throw -ErrorId 'BadUsage,DrTools.PowerShell.Commands.NewDrDepositCommand'
        './nowhere' | Should -Not -Exist
    }
}

Describe 'A deposit' {
    It 'is taken without a repository and without a secret' {
        $parameters = (Get-Command New-DrDeposit).Parameters.Keys
        'Repository', 'Passphrase', 'KeyFile' | Where-Object { $_ -in $parameters } | Should -BeNullOrEmpty
        Move-Item ./repo ./away
        try {
            $script:deposit = 'files:./data' | New-DrDeposit -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 -Reason nightly
        }
        finally {
            Move-Item ./away ./repo
        }
        $deposit | Should -HaveCount 1
        $deposit.Recipient | Should -Be $recipient.Fingerprint
        $deposit.Location | Should -Be (Join-Path $TestDrive inbox web1 $deposit.DepositId)
        $deposit.Backup.Type, $deposit.Backup.Files, $deposit.Backup.Host, $deposit.Backup.Reason | Should -Be 'Full', 31, 'web1', 'nightly'
        { Get-DrBackup $deposit.Location -Passphrase $secret } | Should -Throw -ErrorId 'WrongKey,*'
    }

    It 'is listed with a repository and without' {
        foreach ($listed in (Get-DrDeposit -Location ./inbox), (Get-DrDeposit $repo ./inbox), ($repo | Get-DrDeposit -Location ./inbox -HostName web1)) {
            $listed.Id, $listed.Host, $listed.IsComplete, $listed.IsReceived | Should -Be $deposit.DepositId, 'web1', $true, $false
            $listed.Objects | Should -Be $deposit.Objects
            $listed.BackupIds | Should -Be $deposit.Backup.Id
        }
        Get-DrDeposit -Location ./inbox -HostName web2 | Should -BeNullOrEmpty
        Get-DrDeposit -Location ./inbox | Format-Table | Out-String -Width 100 | Should -Match 'web1 .* complete'
    }

    It 'is received, restored and the same' {
        $plan = Receive-DrDeposit $repo ./inbox -WhatIf
        $plan.Outcome | Should -Be ToReceive
        Get-DrBackup $repo | Should -BeNullOrEmpty
        $received = $repo | Receive-DrDeposit -Location ./inbox
        $received.Outcome, $received.IsRemoved, $received.Problem | Should -Be 'Received', $false, $null
        $received.Backups.Id | Should -Be $deposit.Backup.Id
        ($received.Backups | Test-DrBackupIntegrity -Repository $repo -Level Content).Passed | Should -BeTrue
        (Get-DrDeposit $repo ./inbox).IsReceived | Should -BeTrue
        (Receive-DrDeposit $repo ./inbox).Outcome | Should -Be AlreadyThere
        $gone = Receive-DrDeposit $repo ./inbox -Remove
        $gone.Outcome, $gone.IsRemoved | Should -Be 'AlreadyThere', $true
        Get-DrDeposit -Location ./inbox | Should -BeNullOrEmpty
        $backup = Get-DrBackup $repo -Source files:./data
        $backup.HostName, $backup.Sequence, $backup.Reason | Should -Be 'web1', 1, 'nightly'
        ($backup | Restore-DrFile -Destination ./restored).Passed | Should -BeTrue
        Get-Hash ./restored | Should -Be (Get-Hash ./data)
    }

    It 'of one source does not wait for another that fails' {
        $done = New-DrDeposit files:./missing, files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 -ErrorAction SilentlyContinue -ErrorVariable failures
        $done | Should -HaveCount 1
        $failures.FullyQualifiedErrorId | Should -Be 'SourceMissing,DrTools.PowerShell.Commands.NewDrDepositCommand'
        $failures.TargetObject | Should -Be 'files:./missing'
        { New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName ../web2 -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        $received = Receive-DrDeposit $repo ./inbox -Remove
        ($received | Where-Object Outcome -EQ Received).Deposit.Id | Should -Be $done.DepositId
    }

    It 'that is partial names what is missing, to the host and to who receives it' {
        # The kernel lets not even root read compact_memory.
        $null = New-DrDeposit files:/proc/sys/vm -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 -WarningVariable taken -WarningAction SilentlyContinue
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable received -WarningAction SilentlyContinue
        $taken | Should -Match 'is partial: .*compact_memory'
        $received | Should -Match 'is partial: .*compact_memory'
    }

    It 'from which most is gone is warned of when it is received' {
        $null = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable before -WarningAction SilentlyContinue
        $before | Should -BeNullOrEmpty
        Get-ChildItem ./data/nested | Select-Object -First 25 | Remove-Item
        $null = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        $warnings | Should -Match 'Unusual about .* of files:.*data: 25 files of 31 are gone.*Protect-DrBackup'
    }
}

Describe 'Receiving' {
    It 'refuses what is not for this repository or damaged by an error record, and receives the others' {
        $other = New-DrRepository ./other -Passphrase $secret
        $null = Export-DrDepositRecipient $other ./other.json
        $foreign = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./other.json -HostName web1
        $damaged = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web2
        $right = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web3
        $pack = Get-ChildItem $damaged.Location -Recurse -File | Where-Object FullName -Match '/packs/' | Sort-Object Length | Select-Object -Last 1
        $bytes = [System.IO.File]::ReadAllBytes($pack.FullName)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        $pack | Remove-Item -Force
        [System.IO.File]::WriteAllBytes($pack.FullName, $bytes)

        $received = Receive-DrDeposit $repo ./inbox -Remove -ErrorAction SilentlyContinue -ErrorVariable failures
        $received | Should -HaveCount 3
        foreach ($expected in @(
                @{ Deposit = $foreign; Outcome = 'Refused'; Error = 'WrongKey'; Category = 'AuthenticationError' }
                @{ Deposit = $damaged; Outcome = 'Refused'; Error = 'IntegrityFailure'; Category = 'InvalidData' }
                @{ Deposit = $right; Outcome = 'Received' }
            )) {
            $one = $received | Where-Object { $_.Deposit.Id -eq $expected.Deposit.DepositId }
            $one.Outcome | Should -Be $expected.Outcome
            $one.IsRemoved | Should -Be ($expected.Outcome -eq 'Received')
            $failure = $failures | Where-Object TargetObject -EQ $expected.Deposit.Location
            if ($expected.Error) {
                $failure.FullyQualifiedErrorId | Should -Be "$($expected.Error),DrTools.PowerShell.Commands.ReceiveDrDepositCommand"
                $failure.CategoryInfo.Category | Should -Be $expected.Category
                $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
                $one.Problem | Should -Be $failure.Exception.Message
            }
            else {
                $failure | Should -BeNullOrEmpty
            }
        }
        { Receive-DrDeposit $repo ./inbox -HostName web1 -ErrorAction Stop } | Should -Throw -ErrorId 'WrongKey,*'
        $received | Format-Table | Out-String -Width 100 | Should -Match 'web3 +Received .* True'
        (Receive-DrDeposit $other ./inbox -HostName web1).Outcome | Should -Be Received
        $other.Dispose()
    }

    It 'leaves alone what is not finished' {
        $deposit = New-DrDeposit files:./data -Destination ./begun -RecipientPath ./recipient.json -HostName web1
        Get-ChildItem (Join-Path $deposit.Location manifests) -Recurse -File | Remove-Item -Force
        (Get-DrDeposit -Location ./begun).IsComplete | Should -BeFalse
        $received = Receive-DrDeposit $repo ./begun -Remove
        $received.Outcome, $received.IsRemoved | Should -Be 'Unfinished', $false
        Get-DrDeposit -Location ./begun | Format-Table | Out-String -Width 100 | Should -Match 'unfinished'
    }

    It 'of a place that is not there is an error' {
        { Receive-DrDeposit $repo ./nothing -ErrorAction Stop } | Should -Throw -ErrorId 'RepositoryMissing,DrTools.PowerShell.Commands.ReceiveDrDepositCommand'
    }

    It 'completes the hosts that have deposited' {
        foreach ($name in 'web3', 'other', 'web2') {
            $null = New-DrDeposit files:./data/file.txt -Destination ./hosts -RecipientPath ./recipient.json -HostName $name
        }
        [string[]](TabExpansion2 'Get-DrDeposit -Location ./hosts -HostName w').CompletionMatches.CompletionText | Should -Be 'web2', 'web3'
        (TabExpansion2 'Receive-DrDeposit -Location ./nothing -HostName ').CompletionMatches.CompletionText | Should -Not -Contain 'web2'
    }
}
