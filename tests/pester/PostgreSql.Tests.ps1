param([string] $ModulePath)

BeforeAll {
    Import-Module $ModulePath
    $bin = & $PSScriptRoot/../servers/postgresql 15
    $folder = (New-Item -ItemType Directory ([System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "drtools-pester-$([guid]::NewGuid().ToString('n').Substring(0, 8))"))).FullName
    $port = 50000 + (Get-Random 9000)

    # Servers refuse to run as root.
    function Invoke-AsServer([string] $Command) {
        if ((id -u) -eq 0) { su postgres -s /bin/sh -c $Command } else { sh -c $Command }
    }

    if ((id -u) -eq 0) { chown postgres $folder }
    Invoke-AsServer "$bin/initdb -D $folder/data -k -A trust -U postgres >/dev/null && $bin/pg_ctl -D $folder/data -o '-p $port -k $folder -h `"`" -F' -l $folder/log -w start >/dev/null"
    Invoke-AsServer "$bin/psql -q -h $folder -p $port -U postgres -c 'create table orders(id int primary key); insert into orders select generate_series(1, 100)'"
    $env:PGUSER = 'postgres'
    $cluster = "postgresql:${folder}:$port"
    $repo = New-DrRepository TestDrive:/pg -Unencrypted
}

AfterAll {
    Invoke-AsServer "$bin/pg_ctl -D $folder/data -m immediate stop >/dev/null"
    Remove-Item $folder -Recurse -Force
    Remove-Item env:PGUSER
    $repo.Dispose()
}

Describe 'PostgreSQL' {
    It 'is checked before a backup, with remedies' {
        $diagnosis = Test-DrSource $cluster -Repository $repo
        $diagnosis.Passed | Should -BeFalse
        ($diagnosis.Findings | Where-Object Check -EQ archiving).Remedy | Should -Match 'Enable-DrLogArchive'
        Test-DrSource "$cluster/postgres" -Quiet | Should -BeOfType bool
    }

    It 'is backed up logically and restored into a new database' {
        $backup = Invoke-DrBackup "$cluster/postgres" -Repository $repo
        ($backup.Facts.Tables | Where-Object Table -EQ public.orders).Rows | Should -Be 100
        $result = $backup | Restore-DrDatabase -Destination "$cluster/copy"
        $result.Passed | Should -BeTrue
        $result.Rows | Should -Be 100
    }

    It 'is backed up physically with its log, and the window says so' {
        $backup = Invoke-DrBackup $cluster -Repository $repo -IncludeLog
        $backup.Facts.Details['method'] | Should -Be physical
        (Get-DrRecoveryWindow $repo).Spans | Should -HaveCount 1
        (Get-DrRecoveryWindow $repo).Gaps | Should -BeNullOrEmpty
    }

    It 'refuses a time without a zone, with a remedy' {
        $failed = $null
        Restore-DrTable orders -Source $cluster -Database postgres -TargetTime '2026-11-21 10:00' -Repository $repo -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'BadUsage,*'
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'zone'
    }

    It 'changes no setting with -WhatIf' {
        $changes = Enable-DrLogArchive $cluster -Repository $repo -WhatIf
        ($changes | Where-Object Name -EQ archive_mode).NeedsRestart | Should -BeTrue
        Invoke-AsServer "$bin/psql -qAt -h $folder -p $port -U postgres -c 'show archive_mode'" | Should -Be off
    }

    It 'names the nearest moment when there was no backup yet' {
        $failed = $null
        Restore-DrTable orders -Source $cluster -Database postgres -TargetTime 2001-01-01T00:00:00Z -Repository $repo -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'TargetUnreachable,*'
    }
}
