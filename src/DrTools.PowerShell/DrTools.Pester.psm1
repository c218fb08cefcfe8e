# The operators -MeetRto, -MeetRpo, -BeRecoverable and -HaveNoLogGap for Pester's Should. What they judge, and how, is in
# DrTools.PowerShell.Assertions; here they are handed over to Pester, if it is there. Import DrTools with -Force where it was imported
# before Pester was.

function Test-MeetRto($ActualValue, $Objective, [switch] $Negate, [string] $Because, $CallerSessionState) {
    [DrTools.PowerShell.Assertions.ShouldOperators]::MeetRto((Get-Thing $ActualValue), (Get-Plain $Objective), $Negate, $Because)
}

function Test-MeetRpo($ActualValue, $Objective, [switch] $WithSite, [switch] $Negate, [string] $Because, $CallerSessionState) {
    [DrTools.PowerShell.Assertions.ShouldOperators]::MeetRpo((Get-Thing $ActualValue), (Get-Plain $Objective), $WithSite, $Negate, $Because)
}

function Test-BeRecoverable($ActualValue, [string] $ScratchFolder, [switch] $Negate, [string] $Because, $CallerSessionState) {
    $folder = if ($ScratchFolder) { @{ ScratchFolder = $ScratchFolder } } else { @{} }
    $verified = foreach ($thing in (Get-Thing $ActualValue)) {
        if ($thing -isnot [DrTools.PowerShell.DrBackup]) {
            $thing
            continue
        }

        try {
            # All of its output, so that a verification that says nothing is not passed over.
            $result = @($thing | DrTools\Test-DrBackupIntegrity -Level Restore @folder -ErrorAction Stop)
            if ($result.Count -eq 0) { throw 'the verification returned nothing.' }
            $result
        }
        catch {
            [DrTools.PowerShell.Assertions.UnverifiedBackup]::new("$($thing.Id) of $($thing.Source)", $_.Exception.Message, $_.ErrorDetails.RecommendedAction)
        }
    }

    [DrTools.PowerShell.Assertions.ShouldOperators]::BeRecoverable((Get-Thing $verified), $Negate, $Because)
}

function Test-HaveNoLogGap($ActualValue, [switch] $Negate, [string] $Because, $CallerSessionState) {
    [DrTools.PowerShell.Assertions.ShouldOperators]::HaveNoLogGap((Get-Thing $ActualValue), $Negate, $Because)
}

# What came through the pipeline, without what PowerShell has wrapped around it.
function Get-Thing($Value) {
    , [object[]] @($Value | ForEach-Object { Get-Plain $_ })
}

function Get-Plain($Value) {
    if ($null -ne $Value) { $Value.psobject.BaseObject }
}

function Register-Operator {
    $pester = @(Get-Module Pester | Where-Object { $_.Version -ge [version] '5.0' })
    if ($pester.Count -eq 0) { return }

    $add = $pester[0].ExportedCommands['Add-ShouldOperator']

    foreach ($name in 'MeetRto', 'MeetRpo', 'BeRecoverable', 'HaveNoLogGap') {
        try {
            & $add -Name $name -InternalName "Test-$name" -Test (Get-Command "Test-$name" -CommandType Function).ScriptBlock -SupportsArrayInput
        }
        catch {
            Write-Warning "Pester's Should does not get the operator -${name}: $($_.Exception.Message)"
        }
    }
}

Register-Operator
Export-ModuleMember
