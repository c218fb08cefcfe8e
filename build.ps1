<#
.SYNOPSIS
    Stages the DrTools module in out/DrTools/<version>.
.DESCRIPTION
    Builds the module and lays it out as Import-Module ./out/DrTools expects it. The .NET 10 SDK is all it needs;
    without PowerShell, "dotnet build src/DrTools.PowerShell -t:StageModule" does the same.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # Runs the Pester tests against the staged module. Needs Pester 5.
    [switch] $Test,

    # Writes the help that Get-Help reads anew from docs/en-US. Needs Microsoft.PowerShell.PlatyPS.
    [switch] $UpdateHelp
)

$ErrorActionPreference = 'Stop'

if ($UpdateHelp) {
    Import-Module Microsoft.PowerShell.PlatyPS
    $work = Join-Path ([System.IO.Path]::GetTempPath()) ([guid]::NewGuid())
    Get-ChildItem $PSScriptRoot/docs/en-US/*-Dr*.md |
        Import-MarkdownCommandHelp |
        Export-MamlCommandHelp -OutputFolder $work -Force |
        Copy-Item -Destination $PSScriptRoot/src/DrTools.PowerShell/en-US
    Remove-Item $work -Recurse
}

dotnet build $PSScriptRoot/src/DrTools.PowerShell --configuration $Configuration --target:StageModule --verbosity minimal --nologo
if ($LASTEXITCODE -ne 0) {
    exit 1
}

if ($Test) {
    # A process of its own: an assembly that is loaded stays loaded, and would hide what was just built.
    & ([System.Environment]::ProcessPath) -NoProfile -NonInteractive -File $PSScriptRoot/tests/pester/Invoke-Tests.ps1
    exit $LASTEXITCODE
}
