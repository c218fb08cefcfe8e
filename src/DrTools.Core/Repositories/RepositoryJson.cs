using System.Text.Json;
using System.Text.Json.Serialization;
using DrTools.Backup;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Pins;

namespace DrTools.Repositories;

/// <summary>Serialisers of the JSON in the repository, generated at build time so that a start costs no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RepositoryHeader))]
[JsonSerializable(typeof(BackupInfo))]
[JsonSerializable(typeof(LeaseRecord))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(PinRecord))]
internal sealed partial class RepositoryJson : JsonSerializerContext;
