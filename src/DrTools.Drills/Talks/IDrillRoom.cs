namespace DrTools.Drills;

/// <summary>Where the people of a drill sit: a terminal, a host of PowerShell, or a file with what they said.</summary>
public interface IDrillRoom
{
    /// <summary>Shows a line.</summary>
    void Show(string line);

    /// <summary>Waits for a line. What it shows meanwhile is up to it.</summary>
    /// <returns>What was said; <see langword="null"/> when nobody will say anything any more.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when nobody can be asked.</exception>
    string? Listen();
}
