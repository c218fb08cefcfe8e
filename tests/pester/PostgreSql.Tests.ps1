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
        Get-DrRecoveryWindow $repo | Should -HaveNoLogGap
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

    It 'receives the log as it is written, up to where it was told to' {
        $other = New-DrRepository TestDrive:/other -Unencrypted
        $spool = "$folder-spool"
        try {
            $end = Invoke-AsServer "$bin/psql -qAt -h $folder -p $port -U postgres -c 'create table streamed(id int)' -c 'select pg_current_wal_flush_lsn()'"
            $result = Start-DrLogStream $cluster -Repository $repo -AlsoTo $other -Slot pester -CreateSlot -SpoolFolder $spool -UntilLsn $end -Verbose 4>&1 | Tee-Object -Variable all | Where-Object Source
            ($all | Where-Object { "$_" -match 'Receiving from' }) | Should -Not -BeNullOrEmpty
            $result.Ended | Should -Be PositionReached
            "$($result.To)" | Should -Match '^\w+/\w+$'
            $result.LagBytes | Should -Be 0
            $result.Repositories | Should -HaveCount 2
            (Get-DrRun $other).Operation | Should -Be receive
            $failed = $null
            Start-DrLogStream $cluster -Repository $repo -Slot missing -SpoolFolder $spool -ErrorVariable failed -ErrorAction SilentlyContinue
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'ServerSetting,*'
            $failed[0].ErrorDetails.RecommendedAction | Should -Match '-CreateSlot'
            Start-DrLogStream $cluster -Repository $repo -Slot never -CreateSlot -SpoolFolder $spool -WhatIf | Should -BeNullOrEmpty
            Invoke-AsServer "$bin/psql -qAt -h $folder -p $port -U postgres -c 'select slot_name from pg_replication_slots'" | Should -Be pester
        }
        finally {
            $other.Dispose()
            Remove-Item $spool -Recurse -ErrorAction Ignore
        }
    }

    It 'stops receiving when the job is stopped, and what it had is safe' {
        $spool = "$folder-spool2"
        $job = Start-ThreadJob { Import-Module $using:ModulePath; Start-DrLogStream $using:cluster -Repository $using:repo -Slot pester -SpoolFolder $using:spool }
        try {
            $deadline = [datetime]::UtcNow.AddMinutes(1)
            while ((Invoke-AsServer "$bin/psql -qAt -h $folder -p $port -U postgres -c 'select count(*) from pg_stat_replication'") -ne 1) {
                $job.State | Should -BeIn NotStarted, Running -Because "$(Receive-Job $job *>&1)"
                [datetime]::UtcNow | Should -BeLessThan $deadline
                Start-Sleep -Milliseconds 200
            }
            Invoke-AsServer "$bin/psql -q -h $folder -p $port -U postgres -c 'insert into streamed values (1)'"
            Start-Sleep 1
            Stop-Job $job
            $job | Wait-Job -Timeout 60 | Should -Not -BeNullOrEmpty
            (Get-DrRun $repo | Where-Object Operation -EQ receive | Select-Object -Last 1).Outcome | Should -Be Succeeded
        }
        finally {
            Remove-Job $job -Force
            Remove-Item $spool -Recurse -ErrorAction Ignore
        }
    }

    It 'says with -WhatIf which logs a window would remove' {
        $decisions = Invoke-DrRetention $repo -Keep last=1 -LogWindow 7.00:00 -WhatIf
        $logs = $decisions | Where-Object Series
        $logs.Kept | Should -BeGreaterThan 0
        $logs.Removed | Should -Be 0
        @($decisions | Where-Object Started).Count | Should -BeGreaterThan 0
    }

    It 'shows each of what it returns' {
        # A text without an end would end PowerShell itself.
        Get-DrRecoveryWindow $repo | Format-List -Property * | Out-String | Should -Match 'Backups'
    }

    It 'names the nearest moment when there was no backup yet' {
        $failed = $null
        Restore-DrTable orders -Source $cluster -Database postgres -TargetTime 2001-01-01T00:00:00Z -Repository $repo -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'TargetUnreachable,*'
    }
}
