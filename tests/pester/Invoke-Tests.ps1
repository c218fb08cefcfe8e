<#
.SYNOPSIS
    Runs the Pester tests against a staged module.
#>
[CmdletBinding()]
param(
    [string] $ModulePath = (Join-Path $PSScriptRoot '../../out/DrTools')
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0

# What a user has set must not lead the tests to a real repository.
Get-ChildItem env:DRTOOLS_* | Remove-Item

$configuration = New-PesterConfiguration
$configuration.Run.Container = Get-ChildItem $PSScriptRoot/*.Tests.ps1 |
    ForEach-Object { New-PesterContainer -Path $_.FullName -Data @{ ModulePath = (Resolve-Path $ModulePath).Path } }
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$result = Invoke-Pester -Configuration $configuration
"Pester: $($result.PassedCount) passed, $($result.FailedCount) failed, $($result.SkippedCount) skipped"
exit ([int]($result.Result -ne 'Passed'))
