using DrTools.Aws.Protection;
using DrTools.Cli.Json;

namespace DrTools.Cli.Output;

/// <summary>Prints the settings of a bucket.</summary>
internal static class BucketTable
{
    public static void Write(IReadOnlyList<BucketSetting> settings, TextWriter text, Palette palette)
    {
        var table = new TextTable("SETTING", "STATE", "ACTUAL", "WANTED");
        foreach (var setting in settings)
        {
            table.Add(setting.Setting, Scalars.Word(setting.State), setting.Actual, setting.Desired ?? string.Empty);
        }

        table.Write(text, palette);
        foreach (var setting in settings.Where(s => s.Detail is not null && s.State != BucketSettingState.Found))
        {
            text.WriteLine($"{setting.Setting} ({setting.Actual}): {setting.Detail}");
        }
    }
}
