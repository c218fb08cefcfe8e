param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    Push-Location TestDrive:/
    $null = New-Item ./data -ItemType Directory
    'content' | Set-Content ./data/file.txt
    $global:DrTestRepository = New-DrRepository ./repo -Unencrypted
    $backup = Invoke-DrBackup files:./data -Repository $DrTestRepository
    $module = Get-Module DrTools
}

AfterAll {
    Pop-Location
    $DrTestRepository.Dispose()
    Remove-Variable DrTestRepository -Scope Global
}

Describe 'Stopping' {
    It 'ends a backup soon, leaves nothing visible, and is recorded' {
        $noise = [byte[]]::new(96MB)
        [System.Random]::new(1).NextBytes($noise)
        $null = New-Item ./big -ItemType Directory
        [System.IO.File]::WriteAllBytes("$TestDrive/big/noise", $noise)
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$ModulePath'; Invoke-DrBackup 'files:$TestDrive/big' -Repository '$TestDrive/repo' -CompressionLevel 19 -Parallelism 1")
            $running = $shell.BeginInvoke()
            Start-Sleep -Seconds 3
            $running.IsCompleted | Should -BeFalse
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 3
            $shell.InvocationStateInfo.State | Should -Be Stopped
        } finally {
            $shell.Dispose()
        }

        Get-DrBackup $DrTestRepository | Should -HaveCount 1
        (Get-DrRun $DrTestRepository -Last 1).Outcome | Should -Be Interrupted
        (Invoke-DrBackup files:./big -Repository $DrTestRepository).IsPartial | Should -BeFalse
    }

    It 'by Select-Object -First is no error' {
        $null = Invoke-DrBackup files:./data -Repository $DrTestRepository
        Get-DrBackup $DrTestRepository | Select-Object -First 1 | Should -HaveCount 1
    }
}

Describe 'Completion' {
    It 'offers the sources of the repository, then the schemes' {
        $line = 'Get-DrBackup -Repository $DrTestRepository -Source '
        $texts = (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
        $texts | Should -Contain $backup.Source
        $texts | Should -Contain 'sqlite:'
    }

    It 'offers the ids of backups, newest first' {
        $line = 'Test-DrBackupIntegrity -Repository $DrTestRepository -Backup '
        $texts = (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
        $texts | Should -Contain $backup.Id
        $texts[0] | Should -Be (Get-DrBackup $DrTestRepository | Sort-Object Started | Select-Object -Last 1).Id
    }

    It 'resolves a relative location' {
        $line = 'Restore-DrFile -Repository ./repo -Backup 2'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $backup.Id
    }

    It 'is quiet where there is no repository' {
        $line = 'Get-DrBackup -Repository ./nowhere -Source s'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'sqlite:'
    }
}

Describe 'The module' {
    It 'exports what the manifest says' {
        $exported = (Import-PowerShellDataFile (Get-Item $ModulePath/*/DrTools.psd1).FullName).CmdletsToExport
        $module.ExportedCmdlets.Keys | Sort-Object | Should -Be ($exported | Sort-Object)
        $module.ExportedFunctions.Count + $module.ExportedAliases.Count + $module.ExportedVariables.Count | Should -Be 0
        (Test-ModuleManifest (Get-Item $ModulePath/*/DrTools.psd1).FullName).Version | Should -Be $module.Version
    }

    It 'has help for <_>' -ForEach (Import-PowerShellDataFile $PSScriptRoot/../../DrTools.psd1).CmdletsToExport {
        $help = Get-Help $_ -Full
        $help.description.Text | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
    }

    It 'has its topic' {
        Get-Help about_DrTools | Out-String | Should -Match 'proves that the backups can be restored'
    }

    It 'shows every table in 100 columns' {
        $tables = @(
            Get-DrRepository $DrTestRepository | Format-Table | Out-String -Width 100
            Get-DrBackup $DrTestRepository | Format-Table | Out-String -Width 100
            $backup | Test-DrBackupIntegrity | Format-Table | Out-String -Width 100
            Get-DrRun $DrTestRepository | Format-Table | Out-String -Width 100
            Invoke-DrRetention $DrTestRepository -Keep last=1 -WhatIf | Format-Table | Out-String -Width 100
        )
        $tables | Should -Not -Match "`u{2026}.*\d{8}T\d{6}Z"
        $tables[1] | Should -Match 'Source: files:'
        $tables[1] | Should -Match '\d+ B'
    }

    It 'keeps its dependencies apart from another version that is loaded already' {
        $script = @"
            `$other = [System.Reflection.Emit.PersistedAssemblyBuilder]::new([System.Reflection.AssemblyName]'Microsoft.Data.Sqlite, Version=99.0.0.0', [object].Assembly)
            `$null = `$other.DefineDynamicModule('m').DefineType('Clash').CreateType()
            `$other.Save('$TestDrive/Microsoft.Data.Sqlite.dll')
            `$null = [System.Reflection.Assembly]::LoadFrom('$TestDrive/Microsoft.Data.Sqlite.dll')
            Import-Module '$ModulePath'
            (Invoke-DrBackup 'sqlite:$PSScriptRoot/data/shop.db' -Repository '$TestDrive/repo').Files
            [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | ForEach-Object { `$_.GetName().Name } | Where-Object { `$_ -match 'DrTools|Sqlite' }
"@
        $output = pwsh -NoProfile -NonInteractive -Command $script
        $output | Sort-Object | Should -Be @('1', 'DrTools.PowerShell', 'DrTools.PowerShell.Loader', 'Microsoft.Data.Sqlite')
    }

    It 'can be imported again, in this and in another runspace' {
        Import-Module $ModulePath -Force
        $shell = [powershell]::Create().AddScript("Import-Module '$ModulePath'; (Get-DrBackup '$TestDrive/repo').Count")
        $shell.Invoke()[0] | Should -BeGreaterThan 0
        $shell.HadErrors | Should -BeFalse
        $shell.Dispose()
    }
}
