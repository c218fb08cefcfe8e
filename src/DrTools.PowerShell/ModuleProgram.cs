namespace DrTools.PowerShell;

/// <summary>The program drtools that is packaged with the module.</summary>
internal static class ModuleProgram
{
    /// <summary>Its path; <see langword="null"/> where the module was packaged without it.</summary>
    public static string? Path { get; } = Find();

    private static string? Find()
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(ModuleProgram).Assembly.Location)!, "tools", "drtools");
        return File.Exists(path) ? path : null;
    }
}
