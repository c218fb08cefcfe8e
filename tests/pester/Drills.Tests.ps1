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
    @'
version: 1
name: Drills
repositories:
  near: { location: repo, passphrase: 'file:pass' }
services:
  files: { tier: standard, sources: { source: 'files:data', repositories: near } }
drills:
  monthly: { scenario: file-deleted, services: files, randomBackup: true }
'@ | Set-Content ./dr.yaml
}

AfterAll {
    $repo.Dispose()
    Remove-Item Env:/DRTOOLS_PASSPHRASE_FILE
    Pop-Location
}

Describe 'Drills' {
    It 'are told and not held with -WhatIf' {
        $course = Invoke-DrDrill files FileDeleted -WhatIf
        $course.Steps.Count | Should -Be 8
        $course | Out-String | Should -Match 'Event: Delete a file of the stand-in'
        Get-DrDrill | Should -BeNullOrEmpty
    }

    It 'are held, kept and listed' {
        $drill = Get-DrPlan | Invoke-DrDrill -Name monthly -JUnit ./drill.xml -Seed 3
        $drill.Passed | Should -BeTrue
        $drill.MeasuredRto | Should -BeGreaterThan ([timespan]::Zero)
        $drill.Losses[0].Lost | Should -BeGreaterThan 0
        ([xml](Get-Content ./drill.xml -Raw)).testsuites.failures | Should -Be 0
        (Get-DrDrill $drill.Id).Id | Should -Be $drill.Id
        $drill | Out-String | Should -Match 'files +FileDeleted +True'
        Get-DrDrill latest | Format-List | Out-String | Should -Match 'Passed +Every object of the backup is there'
        $drill.Checks | Out-String | Should -Match 'BackupIntegrity'
        $drill.Phases | Out-String | Should -Match 'Restore'
    }

    It 'have a trend' {
        $trend = Get-DrDrill | Measure-DrTrend
        $trend.Drills | Should -Be 1
        $trend.SuccessRate | Should -Be 1
        $trend | Out-String -Width 100 | Should -Match 'files +FileDeleted +1 +100 %'
        (Measure-DrTrend files).MeanTimeToRecovery | Should -Be $trend.MeanTimeToRecovery
        Measure-DrTrend files -After (Get-Date).AddDays(1) | Should -BeNullOrEmpty
        $trend | Format-List | Out-String | Should -Match 'met 1 of 1, objective 1d'
    }

    It 'lead to improvement actions' {
        $new = New-DrAction files 'Store the kit elsewhere' -Owner Ann -Due (Get-Date).AddDays(-1)
        $new.IsOverdue | Should -BeTrue
        Get-DrAction -Overdue | Set-DrAction -Status Done -WhatIf
        (Get-DrAction -Owner Ann).Status | Should -Be 'Open'
        Get-DrAction -Overdue | Set-DrAction -Status Done -Note 'It is there.' -PassThru | Select-Object -ExpandProperty Note | Should -Be 'It is there.'
        (Get-DrAction).Id | Should -Not -Contain $new.Id
        Get-DrAction -All | Out-String -Width 100 | Should -Match "$($new.Id) files +Done .*Store the kit elsewhere"
        Get-DrAction $new.Id | Format-List | Out-String | Should -Match 'Note +: It is there'
        { Set-DrAction $new.Id -Status Closed -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        { Get-DrAction zz -ErrorAction Stop } | Should -Throw -ErrorId 'ActionMissing,*'
    }

    It 'that there are not are refused' {
        { Invoke-DrDrill files TableDropped -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        { Invoke-DrDrill files FileDeleted -Level Full -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        { Get-DrDrill nothing -ErrorAction Stop } | Should -Throw -ErrorId 'DrillMissing,*'
    }
}
