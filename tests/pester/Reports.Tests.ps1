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
name: Reports
repositories:
  near: { location: repo, passphrase: 'file:pass' }
services:
  files: { tier: standard, sources: { source: 'files:data', repositories: near, schedules: { type: incremental, every: 1h } } }
'@ | Set-Content ./dr.yaml
    $drill = Invoke-DrDrill files FileDeleted
}

AfterAll {
    $repo.Dispose()
    Remove-Item Env:/DRTOOLS_PASSPHRASE_FILE
    Pop-Location
}

Describe 'Reports' {
    It 'are not written with -WhatIf' {
        Export-DrReport ./day.html -Day today -WhatIf | Should -BeNullOrEmpty
        './day.html' | Should -Not -Exist
    }

    It 'tell a time, and replace nothing unasked' {
        $report = Export-DrReport ./day.html -Since (Get-Date).AddDays(-2)
        $report.Report.Figures.Totals.BackupsTaken | Should -Be 1
        $report | Out-String -Width 100 | Should -Match 'Format +: Html'
        { Export-DrReport ./day.html -Month this -ErrorAction Stop } | Should -Throw -ErrorId 'FileExists,*'
        (Export-DrReport ./day.html -Month (Get-Date) -Force).Scope | Should -Be Month
        { Export-DrReport ./x.html -Day soon -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'tell a drill through the pipeline' {
        $report = $drill | Export-DrReport -Path ./drill.md
        $report.Report.Basis.DrillId | Should -Be $drill.Id
        Get-Content ./drill.md -Raw | Should -Match 'Back in '
        $null = Export-DrReport ./drill.xml -DrillId latest -Format Nunit
        ([xml](Get-Content ./drill.xml -Raw)).'test-run'.result | Should -Be Passed
    }

    It 'are proven, and an altered one is named' {
        $results = Get-ChildItem ./day.html, ./drill.md | Test-DrEvidence
        $results.Passed | Should -Be $true, $true
        $results | Out-String -Width 100 | Should -Match 'Passed +: True'
        Test-DrEvidence ./drill.md -Repository $repo -Quiet | Should -BeTrue
        Test-DrEvidence -Repository $repo -Quiet | Should -BeTrue
        (Get-Content ./drill.md -Raw) -replace 'Back in ', 'Back within ' | Set-Content ./drill.md -NoNewline
        $altered = Test-DrEvidence ./drill.md
        $altered.Passed | Should -BeFalse
        $altered.Findings | Should -Match '^Line \d+ was altered'
    }
}
