param([string] $ModulePath)

BeforeDiscovery {
    Import-Module $ModulePath
    $runbooks = Get-DrRunbook | ForEach-Object { @{ Name = $_.Name; Path = $_.Path } }
}

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    Copy-Item $PSScriptRoot/data/shop.db ./shop.db
    $null = New-Item ./data, ./scratch -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $near = New-DrRepository ./near -Medium disk -Site here -Unencrypted
    $far = New-DrRepository ./far -Medium disk -Site there -Unencrypted
    $null = Invoke-DrBackup sqlite:./shop.db, files:./data -Repository $near, $far

    # One that is locked, for the runbook about its key: deriving keys takes time.
    'first' | Set-Content ./first
    'second' | Set-Content ./second
    $first, $second = 'first', 'second' | ForEach-Object { ConvertTo-SecureString $_ -AsPlainText -Force }
    $locked = New-DrRepository ./locked -Passphrase $first
    $null = Add-DrRepositoryKey $locked -NewPassphrase $second -Passphrase $first
    $null = Invoke-DrBackup files:./data -Repository $locked
    "version: 1`nname: Locked`nrepositories:`n  locked: { location: locked, passphrase: 'file:first' }`nservices:`n  shop: { tier: low, sources: { source: 'files:data', repositories: locked } }`n" | Set-Content ./locked.yaml
    @'
version: 1
name: Runbooks
sites: { here: { role: primary }, there: { role: vault } }
repositories:
  near: { location: near, site: here, medium: disk }
  far: { location: far, site: there, medium: disk }
services:
  names: { tier: standard, site: here, sources: { source: 'files:data', repositories: [near, far] } }
  shop:
    tier: standard
    site: here
    dependsOn: names
    sources:
      - { source: 'sqlite:shop.db', repositories: [near, far] }
      - { source: 'files:data', repositories: [near, far] }
    failover:
      - { name: Point the name there, role: network, instructions: Change the record., expected: 5m }
drills:
  ours: { scenario: custom, services: [shop, names], runbook: ours.ps1, rto: 1h, participants: { name: Anna, role: operator } }
'@ | Set-Content ./dr.yaml

    function New-Runbook([string] $Text, [string] $Name = 'ours.ps1') { Set-Content "./$Name" $Text }
    function Invoke-Ours([hashtable] $More = @{}) { Invoke-DrDrill -Name ours -OnlyService shop -ScratchFolder ./scratch @More 6>$null }
}

AfterAll {
    $near.Dispose()
    $far.Dispose()
    $locked.Dispose()
    Pop-Location
}

Describe 'The runbook <Name>' -ForEach $runbooks {
    It 'parses, and its help says what it is for' {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref] $null, [ref] $errors)
        $errors | Should -BeNullOrEmpty
        $help = Get-Help $Path -Full
        $help.Synopsis | Should -Match '\w+'
        $help.Description.Text | Should -Match 'As a drill'
        @($help.examples.example).Count | Should -BeGreaterThan 0
        foreach ($parameter in (Get-Command $Path).Parameters.Values | Where-Object { -not [System.Management.Automation.PSCmdlet]::CommonParameters.Contains($_.Name) }) {
            ($help.parameters.parameter | Where-Object name -EQ $parameter.Name).description.Text | Should -Match '\w+' -Because "$($parameter.Name) is a parameter"
        }
    }

    It 'holds a drill of a real service, and leaves nothing behind' {
        $more = $Name -eq 'key-lost' ? @{ Plan = './locked.yaml'; RunbookParameter = @{ SecondPassphraseFile = (Convert-Path ./second) } } : @{}
        $drill = Invoke-DrDrill -Service shop -Runbook $Name -ScratchFolder ./scratch @more 6>$null
        $drill.Checks | Where-Object Outcome -EQ Failed | ForEach-Object { "$($_.Name): $($_.Detail)" } | Should -BeNullOrEmpty
        $drill.Passed | Should -BeTrue
        $drill | Should -MeetRto
        $drill.Scenario | Should -Be Custom
        $drill.RunbookHash | Should -Be (Get-FileHash $Path).Hash
        $drill.Phases.Count | Should -BeGreaterOrEqual (Get-DrRunbook $Name).Steps.Count
        $drill.Backups.Count | Should -BeGreaterThan 0
        (Get-DrDrill $drill.Id -Plan ($more.Plan ?? './dr.yaml')).Phases.Name | Should -Be $drill.Phases.Name
        Get-ChildItem ./scratch | Should -BeNullOrEmpty
    }

    It 'fails where there is nothing to recover from' {
        "version: 1`nname: Empty`nrepositories:`n  near: { location: near }`nservices:`n  empty: { tier: low, sources: { source: 'files:empty', repositories: near } }`n" | Set-Content ./empty.yaml
        $more = $Name -eq 'key-lost' ? @{ RunbookParameter = @{ SecondKeyFile = './none' } } : @{}
        $drill = Invoke-DrDrill -Service empty -Plan ./empty.yaml -Runbook $Name -ScratchFolder ./scratch @more 6>$null
        $drill.Passed | Should -BeFalse
        $drill.MeasuredRto | Should -BeNullOrEmpty
        "$($drill.Findings.Problem)" | Should -Match ($Name -eq 'key-lost' ? 'Cannot find path' : 'no (backup|repository)|0 of 1 sources')
        { $drill | Should -MeetRto } | Should -Throw '*no recovery time was measured*'
    }
}

Describe 'A lost site' {
    It 'is recovered from another one only, with the moment that is lost' {
        $drill = Invoke-DrDrill -Service shop -Runbook site-lost -ScratchFolder ./scratch 6>$null
        $drill.Backups.Repository | Should -Be far, far
        $drill.Backups.IsNewest | Should -Be $true, $true
        $drill | Should -MeetRpo
        $drill.MeasuredRpo | Should -BeGreaterThan ([timespan]::Zero)
    }
}

Describe 'A runbook of the plan' {
    It 'is told and not run with -WhatIf' {
        New-Runbook "param(`$Service)`n'ran' | Set-Content ran`nInvoke-DrRunbookStep 'First step' -Role operator -Step Event -Expected 10m {`n}"
        $course = Invoke-DrDrill -Name ours -OnlyService shop -WhatIf
        $course.Steps.Name | Should -Be 'First step'
        $course.Steps.By | Should -Be operator
        $course.Steps.Expected | Should -Be ([timespan]'0:10')
        $course.Obstacles | Should -BeNullOrEmpty
        $course | Out-String | Should -Match 'First step \(operator\)'
        './ran' | Should -Not -Exist
    }

    It 'is given what a drill knows, and its steps, times and people are kept' {
        New-Runbook @'
param($Service, $Plan, $ScratchFolder, [int] $Seed, $Extra)
Invoke-DrRunbookStep 'It happens' -Step Event
$value = Invoke-DrRunbookStep 'Make a file' -Role operator -Step Restore { "$Service $Seed $Extra" | Set-Content (Join-Path $ScratchFolder file); 42 } -Check { Test-Path (Join-Path $ScratchFolder file) }
Invoke-DrRunbookStep 'Look at it' -Step Check { if ($value -ne 42) { throw "It is $value." } }
Invoke-DrRunbookStep 'Ask' -Role Anna -Step Switch -Prompt 'Is it so?'
Get-Content (Join-Path $ScratchFolder file) | Set-Content seen
'@
        'Anna: ! we switch', '? who pays', '' | Set-Content ./said
        $drill = Invoke-Ours @{ Seed = 7; Answers = './said'; RunbookParameter = @{ Extra = 'more' } }
        $drill.Passed | Should -BeTrue
        Get-Content ./seen | Should -Be 'shop 7 more'
        $drill.Drill | Should -Be ours
        $drill.Participants | Should -Be 'Anna (operator)'
        $drill.Objectives.Rto | Should -Be ([timespan]'1:00')
        $drill.Phases.Name | Should -Be 'It happens', 'Make a file', 'Look at it', 'Ask'
        $drill.Phases[1].By | Should -Be operator
        $drill.Event | Should -Be $drill.Phases[0].Started
        $drill.Notes.Kind | Should -Be Decision, Question
        $drill.Notes[0].Who | Should -Be Anna
        $drill.Findings.Problem | Should -Be 'Open question at "Ask": who pays'
        $drill.MeasuredRpo | Should -BeNullOrEmpty
        { $drill | Should -MeetRpo } | Should -Throw '*no recovery point was measured*'
        $drill | Format-List | Out-String | Should -Match 'Decision at Ask, Anna: we switch'
        $drill.Notes | Out-String | Should -Match 'who pays'
    }

    It 'fails for its own reason: <Why>' -ForEach @(
        @{ Why = 'an error'; Text = "Invoke-DrRunbookStep 'A' { throw 'It broke.' }; 'on' | Set-Content went"; Match = '^A: It broke\.$' }
        @{ Why = 'an error that PowerShell only reports'; Text = "Invoke-DrRunbookStep 'A' { Get-Item ./nowhere }; 'on' | Set-Content went"; Match = '^A: Cannot find path' }
        @{ Why = 'a program that fails'; Text = "Invoke-DrRunbookStep 'A' { sh -c 'exit 4' }; 'on' | Set-Content went"; Match = '^A: .*exit code: 4' }
        @{ Why = 'something that has not passed'; Text = "Invoke-DrRunbookStep 'A' { [pscustomobject]@{ Passed = `$false } }; 'on' | Set-Content went"; Match = '^A: .*has passed' }
        @{ Why = 'a check that is not true'; Text = "Invoke-DrRunbookStep 'A' { } -Check { 1 -gt 2 }; 'on' | Set-Content went"; Match = '^A: .*1 -gt 2: it returned False' }
        @{ Why = 'a check that checks nothing'; Text = "Invoke-DrRunbookStep 'A' { } -Check { }; 'on' | Set-Content went"; Match = '^A: .*it returned nothing' }
        @{ Why = 'an error outside of a step'; Text = "Invoke-DrRunbookStep 'A' { }; throw 'Outside.'; 'on' | Set-Content went"; Match = '^Outside\.$' }
        @{ Why = 'an exit code'; Text = "Invoke-DrRunbookStep 'A' { }; exit 3"; Match = 'exit code 3' }
        @{ Why = 'an exit in a step'; Text = "Invoke-DrRunbookStep 'A' { exit 3 }; 'on' | Set-Content went"; Match = 'while the step was being done' }
        @{ Why = 'no step at all'; Text = "'nothing'"; Match = '^$' }
    ) {
        New-Runbook $Text
        $drill = Invoke-Ours
        $drill.Passed | Should -BeFalse
        $drill.MeasuredRto | Should -BeNullOrEmpty
        ($drill.Findings.Problem | Where-Object { $_ } | Select-Object -First 1) ?? '' | Should -Match $Match
        './went' | Should -Not -Exist
        (Get-DrDrill latest).Id | Should -Be $drill.Id
        Get-ChildItem ./scratch | Should -BeNullOrEmpty
    }

    It 'says which it is for, where it cannot be held' {
        New-Runbook 'param($Service) Invoke-DrRunbookStep A { '
        { Invoke-Ours @{ ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'BadUsage,*'
        New-Runbook 'param($Service) Invoke-DrRunbookStep A'
        { Invoke-Ours @{ ErrorAction = 'Stop'; RunbookParameter = @{ Table = 1 } } } | Should -Throw '*has no parameter Table*'
        { Invoke-Ours @{ ErrorAction = 'Stop'; Level = 'Full' } } | Should -Throw '*not in production*'
        { Invoke-DrDrill shop Custom -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
        { Invoke-DrDrill -Service shop -Runbook restore-tabel -ErrorAction Stop } | Should -Throw "*Did you mean 'restore-table'?*"
        { Invoke-DrDrill -Service shop -Runbook ./none.ps1 -ErrorAction Stop } | Should -Throw -ErrorId 'BadUsage,*'
    }

    It 'is held by the command line, which starts PowerShell for it' {
        New-Runbook "param(`$Service) Invoke-DrRunbookStep 'Do it' -Step Event { }; Invoke-DrRunbookStep 'See it' -Step Check -Prompt 'Well?' { `$Service }"
        'Anna: fine', '' | Set-Content ./said
        $program = Join-Path (Get-Module DrTools).ModuleBase tools/drtools
        $held = & $program drill run ours --service shop --answers ./said --scratch-dir ./scratch --json 2>$null | ConvertFrom-Json
        $LASTEXITCODE | Should -Be 0
        $held.drills[0].phases.name | Should -Be 'Do it', 'See it'
        $held.drills[0].notes[0].text | Should -Be fine
        $held.drills[0].runbookSha256 | Should -Be (Get-FileHash ./ours.ps1).Hash
        New-Runbook "param(`$Service) Invoke-DrRunbookStep 'Do it' { throw 'It broke.' }"
        "$(& $program drill run ours --service shop)" | Should -Match 'FAILED  custom of shop.*'
        $LASTEXITCODE | Should -Be 1
    }

    It 'is completed by name' {
        $line = 'Invoke-DrDrill -Service shop -Runbook si'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'site-lost'
    }
}

Describe 'A runbook by itself' {
    It 'tells its steps and ends at the first that fails' {
        New-Runbook "`$ErrorActionPreference = 'Stop'; Invoke-DrRunbookStep 'One' { 1 }; Invoke-DrRunbookStep 'Two' -Role operator { throw 'No.' }; 3" by-itself.ps1
        $told = $null
        $failed = $null
        $output = try { ./by-itself.ps1 -InformationVariable told 6>$null } catch { $failed = $_ }
        "$failed" | Should -Be 'No.'
        $output | Should -Be 1
        (Invoke-DrRunbookStep 'Three' -Step Check -WhatIf { 'ran' | Set-Content ran }).Title | Should -Be Three
        './ran' | Should -Not -Exist
    }
}

Describe 'A tabletop' {
    It 'is told with -WhatIf' {
        $course = Invoke-DrDrill shop SiteLost -Level Tabletop -WhatIf
        $course.Steps.Name | Should -Contain 'Point the name there'
        ($course.Steps | Where-Object Name -EQ 'Point the name there').By | Should -Be network
        "$($course.Steps.What)" | Should -Match 'From far at .*site there'
        "$($course.Steps.What)" | Should -Not -Match 'From near'
    }

    It 'is refused where nobody can be asked' {
        { Invoke-DrDrill shop SiteLost -Level Tabletop -ErrorAction Stop } | Should -Throw '*nobody can be asked here*'
        { Invoke-DrDrill names FileDeleted -Answers ./said -ErrorAction Stop } | Should -Throw '*Nobody is asked in this drill*'
    }

    It 'keeps what is said, and measures no recovery' {
        $steps = (Invoke-DrDrill shop SiteLost -Level Tabletop -WhatIf).Steps
        1..$steps.Count | ForEach-Object { ($_ -eq 4 ? 'Anna: ! we move to the other site' : 'all is clear'), '' } | Set-Content ./said
        $drill = Invoke-DrDrill shop SiteLost -Level Tabletop -Answers ./said 6>$null
        $drill.Passed | Should -BeTrue
        $drill.Phases.Name | Should -Be $steps.Name
        $drill.Notes.Count | Should -Be $steps.Count
        ($drill.Notes | Where-Object Kind -EQ Decision).Who | Should -Be Anna
        $drill.MeasuredRto | Should -BeNullOrEmpty
        { $drill | Should -MeetRto } | Should -Throw '*only talked through*'
        (Get-DrDrill latest).Level | Should -Be Tabletop
    }
}
