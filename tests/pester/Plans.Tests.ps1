param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    'correct horse' | Set-Content ./pass
    $env:DRTOOLS_PASSPHRASE_FILE = Convert-Path ./pass
    $repo = New-DrRepository ./repo
    $null = Invoke-DrBackup files:./data -Repository $repo
}

AfterAll {
    $repo.Dispose()
    Remove-Item Env:/DRTOOLS_PASSPHRASE_FILE
    Pop-Location
}

Describe 'Plans' {
    It 'are begun with what is found, and never replaced unasked' {
        $null = New-DrPlan -Repository $repo -NoSearch -WhatIf
        './dr.yaml' | Should -Not -Exist
        $starter = New-DrPlan -Repository $repo -NoSearch
        $starter.Sources | Should -Be "files:$(Convert-Path ./data)"
        './dr.schema.json' | Should -Exist
        { New-DrPlan -NoSearch -ErrorAction Stop } | Should -Throw -ErrorId 'PlanExists,*'
    }

    It 'are read' {
        $plan = Get-DrPlan
        $plan.Services[0].Objectives.Rpo | Should -Be ([timespan]'4:00')
        $plan.Service('DATA').Tier | Should -Be 'standard'
        $plan | Format-List | Out-String | Should -Match 'data: standard, RTO 1d, RPO 4h'
        $plan.Services | Format-Table | Out-String | Should -Match 'data +standard +1d +4h'
    }

    It 'are compared with reality' {
        $result = Get-DrPlan | Test-DrPlan
        $result.Passed | Should -BeTrue
        $result.Findings.Count | Should -BeGreaterThan 3
        $result | Out-String | Should -Match 'Passed +files:.*, source: The folder can be read'
        Test-DrPlan ./dr.yaml -Quiet | Should -BeTrue
    }

    It 'with problems are told all of them' {
        "version: 1`nname: x`nservices:`n  shop:`n    tier: gold`n    objectives: { rto: fast }`n" | Set-Content ./bad.yaml
        Get-DrPlan ./bad.yaml -ErrorAction SilentlyContinue -ErrorVariable errors | Should -BeNullOrEmpty
        $errors.Count | Should -Be 2
        $errors[0].FullyQualifiedErrorId | Should -BeLike 'PlanInvalid,*'
        $errors[1].TargetObject.Line | Should -Be 6
        (Test-DrPlan ./bad.yaml).Problems.Count | Should -Be 2
        Test-DrPlan ./bad.yaml -Quiet | Should -BeFalse
    }

    It 'say what a service is, to cmdlets that take sources or repositories' {
        $backup = Invoke-DrBackup -Service data -Reason 'by the plan'
        $backup.Reason | Should -Be 'by the plan'
        (Get-DrBackup -Service data -Latest).Id | Should -Be $backup.Id
        (Get-DrBackup -Repository local -Service data -Plan ./dr.yaml).Count | Should -Be 2
        (Test-DrBackupIntegrity -Service data).BackupId | Should -Be $backup.Id
        (Restore-DrFile -Service data -Destination ./restored).Passed | Should -BeTrue
        './restored/file.txt' | Should -Exist
        (Invoke-DrRetention -Service data -WhatIf | Where-Object Action -eq Keep).Count | Should -BeGreaterThan 0
        { Get-DrBackup -Service dta -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'name repositories and sources wherever these are taken' {
        (Get-DrRun -Repository plan:local).Count | Should -BeGreaterThan 0
        (Get-DrRepository plan:data).Location | Should -Be $repo.Location
        (Get-DrBackup plan:data -Source plan:data -Latest).Source | Should -Be "files:$(Convert-Path ./data)"
        (Restore-DrFile latest -Repository plan:local -Destination ./again).Passed | Should -BeTrue
        (Test-DrBackupIntegrity latest -Repository plan:data).Passed | Should -BeTrue
        (Get-DrBackup -Service data -Repository plan:local -Latest).Count | Should -Be 1
        { Get-DrRun -Repository plan:nowhere -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        { Invoke-DrBackup plan:data -Repository plan:data -ErrorAction Stop } | Should -Throw '*names a service of the plan*'
    }

    It 'read secrets from a vault' {
        (Get-Content ./dr.yaml -Raw) -replace '(?m)^( +)(location: .*)$', "`$1`$2`n`$1passphrase: vault:dr-repository" | Set-Content ./vault.yaml
        (Get-DrPlan ./vault.yaml).Repositories[0].Passphrase | Should -Be 'vault:dr-repository'
        $env:DRTOOLS_PASSPHRASE_FILE = ''
        try {
            { Get-DrBackup -Service data -Plan ./vault.yaml -ErrorAction Stop } | Should -Throw -ErrorId 'KeyRequired,*'
            function global:Get-Secret { param($Name) if ($Name -eq 'dr-repository') { ConvertTo-SecureString 'correct horse' -AsPlainText -Force } else { throw "there is no $Name" } }
            (Get-DrBackup -Service data -Plan ./vault.yaml).Count | Should -BeGreaterThan 0
            (Measure-DrObjective -Plan ./vault.yaml).Lost | Should -Not -BeNullOrEmpty
            (Get-DrPlan ./vault.yaml | Test-DrPlan).Problems | Where-Object ErrorId -eq KeyRequired | Should -BeNullOrEmpty
        } finally {
            Remove-Item Function:/Get-Secret -ErrorAction Ignore
            $env:DRTOOLS_PASSPHRASE_FILE = Convert-Path ./pass
        }
    }

    It 'are measured' {
        $measured = Measure-DrObjective
        $measured.RpoMet | Should -BeTrue
        $measured.Lost | Should -BeLessThan ([timespan]'1:00')
        $measured.Measurements | Should -BeGreaterThan 0
        $measured | Out-String | Should -Match 'restore files:.*measurement'
    }

    It 'tell what recovery costs' {
        $cost = Get-DrPlan | Measure-DrCost
        $cost.Items[0].Bytes | Should -BeGreaterThan 0
        $cost.Items[0].PerMonth | Should -BeNullOrEmpty
        $cost | Out-String | Should -Match 'Not priced: the plan does not say of which class'
    }
}

Describe 'Regions' {
    It 'are paired by distance and law, from a table that can be replaced' {
        $pair = Get-DrRegionPair eu-central-1 -Jurisdiction EU
        $pair.Secondary.Region | Should -Be 'eu-west-1'
        $pair | Out-String | Should -Match 'Frankfurt +DE \(EU\) +3 eu-west-1'
        $pair.Partners | Out-String | Should -Match 'Secondary'
        $table = Join-Path (Get-Module DrTools).ModuleBase regions.csv
        (Get-DrRegionPair -Table $table).Count | Should -Be (Get-DrRegionPair).Count
        { Get-DrRegionPair nowhere-1 -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }
}
