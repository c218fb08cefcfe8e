using System.Runtime.Versioning;

// The tests send signals, set modes and use script(1).
[assembly: SupportedOSPlatform("linux")]
