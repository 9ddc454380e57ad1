using MedAI.Fhir.Access;

namespace MedAI.Fhir.Store;

/// <summary>Audit rows as columns: one place that holds the order of both directions.</summary>
internal static class AuditRows
{
    public const string Columns =
        "id, request_id, started, ended, cause, service, hook_instance, client, \"user\", tenant, fhir_base, patient_id, "
        + "model_id, model_version, model_hash, input_hash, outcome, reasons, result_id, threshold, cards, status, query, result_type, result_version";

    /// <summary>How many columns there are.</summary>
    public const int Count = 25;

    public const string Insert = $"INSERT INTO audit ({Columns}, outcome_sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    /// <param name="resultId">The result that was answered with; another caller's when it came first.</param>
    /// <param name="outcome">Sequence of the outcome that was written in the same transaction; null where there was none.</param>
    public static void Write(StoreStatement insert, AuditRow row, string? resultId, long? outcome) => insert
        .Bind(row.Id).Bind(row.RequestId).Bind(row.Started).Bind(row.Ended)
        .Bind(row.Trigger).Bind(row.Service).Bind(row.HookInstance)
        .Bind(row.Client).Bind(row.User)
        .Bind(row.Patient?.Tenant ?? row.Tenant).Bind(row.Patient?.FhirBase).Bind(row.Patient?.Id)
        .Bind(row.ModelId).Bind(row.ModelVersion).Bind(row.ModelHash).Bind(row.InputHash)
        .Bind(row.Outcome).Bind(row.Reasons).Bind(resultId)
        .Bind(row.Threshold).Bind(row.Cards).Bind(row.Status)
        .Bind(row.Query).Bind(row.ResultType).Bind((long?)row.ResultVersion).Bind(outcome)
        .Run();

    public static AuditRow Read(StoreStatement row) => new()
    {
        Id = row.Text(0),
        RequestId = row.Text(1),
        Started = row.Instant(2),
        Ended = row.Instant(3),
        Trigger = row.Text(4),
        Service = row.TextOrNull(5),
        HookInstance = row.TextOrNull(6),
        Client = row.Text(7),
        User = row.TextOrNull(8),
        Tenant = row.IsNull(11) ? row.TextOrNull(9) : null,
        Patient = row.IsNull(11) ? null : new PatientKey(row.Text(9), row.Text(10), row.Text(11)),
        ModelId = row.TextOrNull(12),
        ModelVersion = row.TextOrNull(13),
        ModelHash = row.TextOrNull(14),
        InputHash = row.TextOrNull(15),
        Outcome = row.Text(16),
        Reasons = row.Text(17),
        ResultId = row.TextOrNull(18),
        Threshold = row.TextOrNull(19),
        Cards = row.TextOrNull(20),
        Status = (int)row.Number(21),
        Query = row.TextOrNull(22),
        ResultType = row.TextOrNull(23),
        ResultVersion = row.IsNull(24) ? null : (int)row.Number(24),
    };
}
