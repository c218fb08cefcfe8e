param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath -Force
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $repo = New-DrRepository ./repo -Unencrypted
    $backup = Invoke-DrBackup files:./data -Repository $repo
    @'
version: 1
name: Operators
repositories:
  near: { location: repo, medium: disk }
services:
  files: { tier: standard, sources: { source: 'files:data', repositories: near, schedules: { type: incremental, every: 1h } } }
  bare: { tier: standard, sources: { source: 'files:nothing', repositories: near } }
'@ | Set-Content ./dr.yaml
    $drill = Invoke-DrDrill files FileDeleted -Seed 3
    $measured = Measure-DrObjective -Service files
    $bare = Measure-DrObjective -Service bare

    # The message of an assertion that fails.
    function Get-Failure([scriptblock] $Assertion) {
        try { & $Assertion } catch { return $_.Exception.Message }
        throw "It did not fail: $Assertion"
    }
}

AfterAll {
    $repo.Dispose()
    Pop-Location
}

Describe 'Should' {
    It '-MeetRto judges drills, and says figure, objective and remedy' {
        $drill | Should -MeetRto
        $drill | Should -Not -MeetRto -Objective ([timespan]::FromTicks(1))
        Get-Failure { $drill | Should -MeetRto -Objective ([timespan]::FromMilliseconds(1)) -Because 'it is law' } |
            Should -BeLike "Expected the drill FileDeleted of files ($($drill.Id)) to meet the RTO of 1 ms, because it is law, but it took * more than the objective of 1 ms. Remedy: The longest step was *"
        Get-Failure { $drill | Should -Not -MeetRto } | Should -BeLike '*not to meet the RTO of 1d, but it took *, within the objective of 1d.'
    }

    It '-MeetRto judges objectives that were measured, and fails on what was never measured' {
        $measured | Should -MeetRto
        Get-Failure { $bare | Should -MeetRto } | Should -BeLike '*service bare to meet the RTO of 1d, but its recovery time is not known (never measured: *). Remedy: *'
        Get-Failure { $bare | Should -Not -MeetRto } | Should -BeLike '*not to meet the RTO*recovery time is not known*'
    }

    It '-MeetRpo judges drills, objectives and backups' {
        $drill | Should -MeetRpo
        $measured | Should -MeetRpo
        $backup | Should -MeetRpo -Objective 1h
        Get-Failure { $backup | Should -MeetRpo } | Should -BeLike '*has no objective of its own*-MeetRpo -Objective 15m*'
        Get-Failure { $drill | Should -MeetRpo -Objective ([timespan]::FromMilliseconds(1)) } | Should -BeLike '*what would be lost is * more than the objective of 1 ms. Remedy: Take backups more often*'
        Get-Failure { $bare | Should -MeetRpo } | Should -BeLike '*all of files:* would be lost*'
        Get-Failure { $measured | Should -MeetRpo -WithSite } | Should -BeLike '*if its site is lost*'
    }

    It '-BeRecoverable restores backups, and believes nothing less' {
        $backup | Should -BeRecoverable -ScratchFolder (Convert-Path TestDrive:/)
        Get-DrBackup -Service files -Latest | Should -BeRecoverable
        $drill | Should -BeRecoverable
        Get-Failure { $backup | Test-DrBackupIntegrity -Level Content | Should -BeRecoverable } | Should -BeLike '*verified at level content only*Remedy: Verify it with -Level Restore*'
        Get-Failure { 'a word' | Should -BeRecoverable } | Should -BeLike 'Expected a String to be recoverable, but it is no backup*'
    }

    It '-BeRecoverable finds damage' {
        Copy-Item ./repo ./damaged -Recurse
        $damaged = Get-DrRepository ./damaged
        try {
            Get-ChildItem ./damaged/packs -Recurse -File | ForEach-Object {
                $bytes = [System.IO.File]::ReadAllBytes($_.FullName)
                $middle = [int] ($bytes.Length / 2)
                $bytes[$middle] = $bytes[$middle] -bxor 1
                Remove-Item $_.FullName -Force
                [System.IO.File]::WriteAllBytes($_.FullName, $bytes)
            }
            Get-Failure { Get-DrBackup $damaged -Latest | Should -BeRecoverable -Because 'nights are short' } |
                Should -BeLike "Expected the backup $($backup.Id) of files:* to be recoverable, because nights are short, but it *. Remedy: *"
            Get-DrBackup $damaged -Latest | Should -Not -MeetRpo -Objective ([timespan]::FromTicks(1))
        }
        finally { $damaged.Dispose() }
    }

    It '-HaveNoLogGap wants a recovery window' {
        Get-Failure { Get-DrRecoveryWindow $repo | Should -HaveNoLogGap } | Should -BeLike 'Expected something to have no log gap, but nothing was given*'
        Get-Failure { $backup | Should -HaveNoLogGap } | Should -BeLike 'Expected a DrBackup to have no log gap, but it has no log. Remedy: Give what Get-DrRecoveryWindow returns.'
    }

    It 'judges everything that comes, and nothing passes nowhere' -ForEach 'MeetRto', 'MeetRpo', 'BeRecoverable', 'HaveNoLogGap' {
        $operator = @{ $_ = $true }
        Get-Failure { @() | Should @operator } | Should -BeLike '*but nothing was given, so nothing was measured*'
        Get-Failure { $null | Should @operator } | Should -BeLike '*but nothing was given, so nothing was measured*'
        Get-Failure { @() | Should -Not @operator } | Should -BeLike '*but nothing was given, so nothing was measured*'
        Get-Failure { $drill, 'a word' | Should @operator } | Should -BeLike '*a String*'
    }
}

Describe 'The tests that come with the module' {
    BeforeAll {
        $tests = Join-Path (Get-Module DrTools).ModuleBase pester/Plan.Tests.ps1

        'version: 1', 'name: Empty', 'services:', '  idle: { tier: low }' | Set-Content ./empty.yaml
        $plan = Convert-Path ./dr.yaml
        $runs = @(
            @{ Plan = $plan; Service = @('files') }
            @{ Plan = $plan; Service = @('bare') }
            @{ Plan = "$plan.none" }
            @{ Plan = (Convert-Path ./empty.yaml) }
        ) | ConvertTo-Json -Depth 3 -Compress

        # In a process of its own: Pester does not run in Pester. Each answer is JSON behind a mark.
        $output = pwsh -NoProfile -NonInteractive -CommandWithArgs @'
            Import-Module Pester -MinimumVersion 5.0
            foreach ($data in $args[1] | ConvertFrom-Json -AsHashtable) {
                $result = Invoke-Pester -Container (New-PesterContainer -Path $args[0] -Data $data) -PassThru -Output None
                '###' + (@{
                    Result = $result.Result
                    Passed = @($result.Passed.ExpandedPath)
                    Failed = @($result.Failed | ForEach-Object { "$($_.ExpandedPath): $($_.ErrorRecord.Exception.Message)" })
                    Containers = @($result.FailedContainers | ForEach-Object { "$($_.ErrorRecord)" })
                } | ConvertTo-Json -Depth 4 -Compress)
            }
'@ $tests $runs
        $good, $bad, $none, $empty = $output | Where-Object { $_ -like '###*' } | ForEach-Object { $_.Substring(3) | ConvertFrom-Json }
    }

    It 'pass where all is well' {
        $good.Failed | Should -BeNullOrEmpty
        $good.Result | Should -Be Passed
        $good.Passed | Should -HaveCount 5
    }

    It 'fail one by one where it is not' {
        $bad.Passed | Should -Be 'The plan.makes sense'
        $bad.Failed | Should -HaveCount 4
        $bad.Failed -match 'would lose no more' | Should -BeLike '*all of files:* would be lost*'
        $bad.Failed -match 'can be restored' | Should -BeLike '*nothing was given, so nothing was measured*'
    }

    It 'fail where there is no plan, or nothing in it to test' {
        $none.Result | Should -Be Failed
        $empty.Result | Should -Be Failed
        "$($empty.Containers)" | Should -BeLike '*has no service with sources*'
    }
}

Describe 'Without Pester' {
    It 'the module imports as it does with it' {
        $path = (Get-Module DrTools).Path -replace '[^/\\]+$', 'DrTools.psd1'
        $output = pwsh -NoProfile -NonInteractive -CommandWithArgs @'
            $env:PSModulePath = ''
            $PSModuleAutoLoadingPreference = 'None'
            Import-Module $args[0] -ErrorAction Stop -WarningVariable warned
            "$((Get-Module Pester).Count) $($warned.Count) $((Get-Command -Module DrTools).Count)"
'@ $path 2>&1
        "$output" | Should -Be "0 0 $((Get-Command -Module DrTools).Count)"
    }
}
