<#
.SYNOPSIS
    Tests a recovery plan: that it makes sense, and of each of its services that the objectives are met, that the newest backups can be
    restored, and that no log is missing.
.DESCRIPTION
    For Pester 5 and later, as a container with parameters:

        Import-Module Pester, DrTools
        $tests = Join-Path (Get-Module DrTools).ModuleBase pester/Plan.Tests.ps1
        Invoke-Pester -Container (New-PesterContainer -Path $tests -Data @{ Plan = './dr.yaml' }) -Output Detailed

    Backups are restored into scratch folders; nothing of production is changed. What cannot be measured fails. That services are back in
    time is judged by what was measured: hold drills (Invoke-DrDrill), or the figures are missing.
.PARAMETER Plan
    The plan; that of DRTOOLS_PLAN, or dr.yaml, if not given.
.PARAMETER Service
    Only these services.
.PARAMETER ScratchFolder
    Where backups are restored; among the temporary files if not given.
#>
param(
    [string] $Plan = ($env:DRTOOLS_PLAN ? $env:DRTOOLS_PLAN : 'dr.yaml'),
    [string[]] $Service = @(),
    [string] $ScratchFolder = ''
)

BeforeDiscovery {
    Import-Module $PSScriptRoot/../DrTools.psd1 -Force
    $read = Get-DrPlan $Plan -ErrorAction Stop
    $chosen = $Service ? ($Service | ForEach-Object { $read.Service($_) }) : $read.Services
    $services = @($chosen | Where-Object { $_.Sources.Count -gt 0 } | ForEach-Object {
            @{ Name = $_.Name; Sources = @($_.Sources.Source); Logs = @($_.Sources | Where-Object Log | ForEach-Object Source) }
        })
    if ($services.Count -eq 0) {
        throw "The plan $Plan has no service with sources: there is nothing to test."
    }
}

BeforeAll {
    Import-Module $PSScriptRoot/../DrTools.psd1 -Force

    # Findings as text: Pester shows what was not empty.
    function Format-Finding($Finding) {
        $Finding | Where-Object { $_ } | ForEach-Object { "$($_.Severity) $($_.Subject), $($_.Check): $($_.Message) Remedy: $($_.Remedy)" }
    }
}

Describe 'The plan' {
    It 'makes sense' {
        $result = Test-DrPlan $Plan -FileOnly
        $result.Problems | ForEach-Object { "$_" } | Should -BeNullOrEmpty
        $result.Passed | Should -BeTrue
    }
}

Describe 'The service <Name>' -ForEach $services {
    It 'is as the plan says' {
        $result = Test-DrPlan $Plan -Service $Name
        $result.ComparedWithReality | Should -BeTrue
        Format-Finding ($result.Findings | Where-Object Severity -In Error, NotChecked) | Should -BeNullOrEmpty
    }

    It 'would lose no more than its RPO allows' {
        Measure-DrObjective $Plan -Service $Name | Should -MeetRpo
    }

    It 'would be back within its RTO' {
        Measure-DrObjective $Plan -Service $Name | Should -MeetRto
    }

    It 'has a newest backup of <_> that can be restored' -ForEach $Sources {
        $folder = $ScratchFolder ? @{ ScratchFolder = $ScratchFolder } : @{}
        Get-DrBackup -Service $Name -Plan $Plan -Source $_ -Latest | Should -BeRecoverable @folder
    }

    It 'has no gap in the log of <_>' -ForEach $Logs {
        $source = $_
        Get-DrBackup -Service $Name -Plan $Plan -Source $source -Latest | ForEach-Object { $_.Repository | Get-DrRecoveryWindow -Source $source } | Should -HaveNoLogGap
    }
}
