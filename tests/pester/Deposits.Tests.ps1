param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data/nested -ItemType Directory
    foreach ($i in 1..30) {
        1..(40 * $i) | ForEach-Object { "line $_ of $i" } | Set-Content "./data/nested/file-$i.txt"
    }
    'content' | Set-Content ./data/file.txt
    $secret = [System.Net.NetworkCredential]::new('', 'correct horse').SecurePassword
    $repo = New-DrRepository ./repo -Passphrase $secret
    $recipient = Export-DrDepositRecipient $repo ./recipient.json

    function Get-Content-Of([string] $Folder) {
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
        Get-DrDeposit -Location ./inbox | Format-Table | Out-String | Should -Match 'web1 .* complete'
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
        Get-Content-Of ./restored | Should -Be (Get-Content-Of ./data)
    }

    It 'of one source does not wait for another that fails' {
        $done = New-DrDeposit files:./missing, files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 -ErrorAction SilentlyContinue -ErrorVariable failures
        $done | Should -HaveCount 1
        $failures.FullyQualifiedErrorId | Should -Be 'SourceMissing,DrTools.PowerShell.Commands.NewDrDepositCommand'
        $failures.TargetObject | Should -Be 'files:./missing'
        { New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName ../web2 -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        (Receive-DrDeposit $repo ./inbox -Remove).IsRemoved | Should -BeTrue
    }

    It 'that is partial names what is missing, to the host and to who receives it' {
        # The kernel lets not even root read compact_memory.
        $null = New-DrDeposit files:/proc/sys/vm -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 -WarningVariable taken -WarningAction SilentlyContinue
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable received -WarningAction SilentlyContinue
        $taken | Should -Match 'is partial: .*compact_memory'
        $received | Should -Match 'is partial: .*compact_memory'
    }

    It 'of noise is warned of when it is received' {
        1..3 | ForEach-Object { $null = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1 }
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable before -WarningAction SilentlyContinue
        $before | Should -BeNullOrEmpty
        foreach ($file in Get-ChildItem ./data -Recurse -File) {
            $noise = [byte[]]::new($file.Length)
            [System.Random]::new(7).NextBytes($noise)
            [System.IO.File]::WriteAllBytes($file.FullName, $noise)
        }
        $null = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1
        $null = Receive-DrDeposit $repo ./inbox -Remove -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -Match 'Unusual about .* of files:.*Encrypted files look like that.*Protect-DrBackup'
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
        [string[]]$received.Outcome | Should -Be 'Refused', 'Refused', 'Received'
        [string[]]$received.Deposit.Id | Should -Be $foreign.DepositId, $damaged.DepositId, $right.DepositId
        [bool[]]$received.IsRemoved | Should -Be $false, $false, $true
        $failures.FullyQualifiedErrorId | Should -Be 'WrongKey,DrTools.PowerShell.Commands.ReceiveDrDepositCommand', 'IntegrityFailure,DrTools.PowerShell.Commands.ReceiveDrDepositCommand'
        [string[]]$failures.CategoryInfo.Category | Should -Be 'AuthenticationError', 'InvalidData'
        $failures.TargetObject | Should -Be $foreign.Location, $damaged.Location
        $failures.ErrorDetails.RecommendedAction | Should -Not -Contain ''
        { Receive-DrDeposit $repo ./inbox -ErrorAction Stop } | Should -Throw -ErrorId 'WrongKey,*'
        $received | Format-Table | Out-String -Width 100 | Should -Match 'web3 +Received .* True'
        (Receive-DrDeposit $other ./inbox -HostName web1).Outcome | Should -Be Received
        $other.Dispose()
    }

    It 'leaves alone what is not finished' {
        Remove-Item ./inbox -Recurse -Force
        $deposit = New-DrDeposit files:./data -Destination ./inbox -RecipientPath ./recipient.json -HostName web1
        Get-ChildItem (Join-Path $deposit.Location manifests) -Recurse -File | Remove-Item -Force
        (Get-DrDeposit -Location ./inbox).IsComplete | Should -BeFalse
        $received = Receive-DrDeposit $repo ./inbox -Remove
        $received.Outcome, $received.IsRemoved | Should -Be 'Unfinished', $false
        Get-DrDeposit -Location ./inbox | Format-Table | Out-String | Should -Match 'unfinished'
    }

    It 'of a place that is not there is an error' {
        { Receive-DrDeposit $repo ./nothing -ErrorAction Stop } | Should -Throw -ErrorId '*,DrTools.PowerShell.Commands.ReceiveDrDepositCommand'
    }

    It 'completes the hosts that have deposited' {
        foreach ($name in 'web2', 'other', 'web 3') {
            $null = New-Item "./hosts/$name/1" -ItemType Directory
            Copy-Item "$($(Get-DrDeposit -Location ./inbox).Location)/*" "./hosts/$name/1" -Recurse
        }
        [string[]](TabExpansion2 'Get-DrDeposit -Location ./hosts -HostName w').CompletionMatches.CompletionText | Should -Be "'web 3'", 'web2'
        (TabExpansion2 'Receive-DrDeposit -Location ./nothing -HostName ').CompletionMatches.CompletionText | Should -Not -Contain 'web2'
    }
}
