using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Output;

/// <summary>The recovery window as a picture of time: a row for each timeline, what can be restored of it, what cannot
/// because log is missing, and the backups above.</summary>
internal sealed class WindowTimeline
{
    private const int Width = 98;
    private const int Left = 14;
    private const int Right = Width - 2;
    private const int LeastBetweenMarks = 20;

    private readonly RecoveryWindow _window;
    private readonly DateTimeOffset _from;
    private readonly DateTimeOffset _to;
    private readonly uint[] _timelines;
    private readonly TextPicture _picture;

    public WindowTimeline(RecoveryWindow window)
    {
        _window = window;
        _from = window.Backups.Select(b => b.Backup.StopTime).Append(window.Oldest!.Value).Min();
        _to = window.Computed;
        _timelines = [.. window.Spans.Select(s => s.Timeline).Concat(window.Gaps.Select(g => g.Timeline)).Distinct().Order()];
        _picture = new TextPicture(Width, _timelines.Length + 2);
    }

    public void Write(TextWriter text, Palette palette)
    {
        _picture.Put(0, 2, "backups", Tone.Weak);
        foreach (var backup in _window.Backups.Select(b => b.Backup).DistinctBy(b => b.Id).OrderBy(b => b.Info.Type != BackupType.Full ? 0 : 1))
        {
            _picture.Put(0, Column(backup.StopTime), backup.Info.Type.ToString()[..1], Tone.Strong);
        }

        for (var i = 0; i < _timelines.Length; i++)
        {
            Draw(1 + i, _timelines[i]);
        }

        DrawAxis();
        _picture.Write(text, palette);
    }

    private void Draw(int row, uint timeline)
    {
        _picture.Put(row, 2, string.Create(CultureInfo.InvariantCulture, $"timeline {timeline}"), Tone.Weak);
        _picture.Put(row, Left, new string('─', Right - Left + 1), Tone.Weak);
        foreach (var gap in _window.Gaps.Where(g => g.Timeline == timeline))
        {
            Put(row, gap.Since ?? _from, gap.Until ?? _to, '╳', Tone.Bad);
        }

        foreach (var span in _window.Spans.Where(s => s.Timeline == timeline))
        {
            Put(row, span.From, span.To, '█', Tone.Good);
        }
    }

    private void Put(int row, DateTimeOffset from, DateTimeOffset to, char sign, Tone tone)
    {
        var (start, end) = (Column(from), Column(to));
        _picture.Put(row, start, new string(sign, Math.Max(1, end - start + 1)), tone);
    }

    private void DrawAxis()
    {
        var row = _timelines.Length + 1;
        var marks = Math.Max(1, (Right - Left) / LeastBetweenMarks);
        var format = (_to - _from).TotalDays < 1 ? "HH:mm:ss" : "MM-dd HH:mm";
        for (var i = 0; i < marks; i++)
        {
            var moment = _from + ((_to - _from) * i / marks);
            _picture.Put(row, Column(moment), moment.ToLocalTime().ToString(format, CultureInfo.InvariantCulture), Tone.Weak);
        }

        _picture.Put(row, Right - 2, "now", Tone.Weak);
    }

    private int Column(DateTimeOffset moment) =>
        Left + (int)Math.Round((Right - Left) * Math.Clamp((moment - _from) / (_to - _from), 0, 1));
}
