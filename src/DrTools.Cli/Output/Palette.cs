namespace DrTools.Cli.Output;

/// <summary>What a word says of a state.</summary>
internal enum Tone
{
    Plain,
    Good,
    Caution,
    Bad,
    Weak,
    Strong,
}

/// <summary>Colours words, on a terminal and unless <c>NO_COLOR</c> is set (https://no-color.org).</summary>
internal readonly struct Palette
{
    private readonly bool _enabled;

    private Palette(bool enabled) => _enabled = enabled;

    public static Palette For(bool redirected) => new(
        !redirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"));

    public string Paint(string text, Tone tone) => _enabled && tone != Tone.Plain && text.Length > 0
        ? $"\e[{Code(tone)}m{text}\e[0m"
        : text;

    private static string Code(Tone tone) => tone switch
    {
        Tone.Good => "32",
        Tone.Caution => "33",
        Tone.Bad => "31",
        Tone.Weak => "2",
        Tone.Strong => "1",
        _ => "0",
    };
}
