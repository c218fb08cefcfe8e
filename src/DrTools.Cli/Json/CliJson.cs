using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrTools.Cli.Json;

/// <summary>The declared JSON contract (docs/json.md): camelCase names, every field always present, UTC times.</summary>
[JsonSerializable(typeof(RepositoryDocument))]
[JsonSerializable(typeof(BackupsDocument))]
[JsonSerializable(typeof(BackupRunsDocument))]
[JsonSerializable(typeof(RunsDocument))]
[JsonSerializable(typeof(VerificationDocument))]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(CopyDocument))]
[JsonSerializable(typeof(CopyPolicyDocument))]
[JsonSerializable(typeof(DepositRecipientDocument))]
[JsonSerializable(typeof(DepositResultsDocument))]
[JsonSerializable(typeof(DepositsDocument))]
[JsonSerializable(typeof(ReceivedDepositsDocument))]
[JsonSerializable(typeof(DiagnosisDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(PlanTestDocument))]
[JsonSerializable(typeof(PlanNewDocument))]
[JsonSerializable(typeof(PlanDocumentDocument))]
[JsonSerializable(typeof(DrillsDocument))]
[JsonSerializable(typeof(DrillDocument))]
[JsonSerializable(typeof(DrillCoursesDocument))]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(EvidenceDocument))]
[JsonSerializable(typeof(DrillCoveragesDocument))]
[JsonSerializable(typeof(ObjectivesDocument))]
[JsonSerializable(typeof(StrategiesDocument))]
[JsonSerializable(typeof(ImpactDocument))]
[JsonSerializable(typeof(TrendsDocument))]
[JsonSerializable(typeof(ActionDocument))]
[JsonSerializable(typeof(ActionsDocument))]
[JsonSerializable(typeof(CostDocument))]
[JsonSerializable(typeof(RegionsDocument))]
[JsonSerializable(typeof(RegionTableDocument))]
[JsonSerializable(typeof(WindowsDocument))]
[JsonSerializable(typeof(ClusterPlanDocument))]
[JsonSerializable(typeof(ClusterRestoreDocument))]
[JsonSerializable(typeof(RecoveryProgressDocument))]
[JsonSerializable(typeof(RestorePointDocument))]
[JsonSerializable(typeof(ArchivingDocument))]
[JsonSerializable(typeof(LogSwitchDocument))]
[JsonSerializable(typeof(RestartDocument))]
[JsonSerializable(typeof(TableRestoreDocument))]
[JsonSerializable(typeof(RestorePlanDocument))]
[JsonSerializable(typeof(RestoreDocument))]
[JsonSerializable(typeof(LogicalRestoreDocument))]
[JsonSerializable(typeof(ExpiryDocument))]
[JsonSerializable(typeof(PinDocument))]
[JsonSerializable(typeof(ThawDocument))]
[JsonSerializable(typeof(KitDocument))]
[JsonSerializable(typeof(BucketDocument))]
[JsonSerializable(typeof(KeysDocument))]
[JsonSerializable(typeof(WalPushDocument))]
[JsonSerializable(typeof(LogStreamDocument))]
[JsonSerializable(typeof(DemoDocument))]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(WarningDocument))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>For documents on stdout.</summary>
    public static CliJson Documents { get; } = new(Settings(indented: true));

    /// <summary>For lines on stderr.</summary>
    public static CliJson Lines { get; } = new(Settings(indented: false));

    private static JsonSerializerOptions Settings(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
