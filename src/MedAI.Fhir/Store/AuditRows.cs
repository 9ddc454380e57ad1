using MedAI.Fhir.Access;

namespace MedAI.Fhir.Store;

/// <summary>Audit rows as columns: one place that holds the order of both directions.</summary>
internal static class AuditRows
{
    public const string Columns =
        "id, request_id, started, ended, cause, service, hook_instance, client, \"user\", tenant, fhir_base, patient_id, "
        + "model_id, model_version, model_hash, input_hash, outcome, reasons, result_id, threshold, cards, status";

    public const string Insert = $"INSERT INTO audit ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    /// <param name="resultId">The result that was answered with; another caller's when it came first.</param>
    public static void Write(StoreStatement insert, AuditRow row, string? resultId) => insert
        .Bind(row.Id).Bind(row.RequestId).Bind(row.Started).Bind(row.Ended)
        .Bind(row.Trigger).Bind(row.Service).Bind(row.HookInstance)
        .Bind(row.Client).Bind(row.User)
        .Bind(row.Patient?.Tenant).Bind(row.Patient?.FhirBase).Bind(row.Patient?.Id)
        .Bind(row.ModelId).Bind(row.ModelVersion).Bind(row.ModelHash).Bind(row.InputHash)
        .Bind(row.Outcome).Bind(row.Reasons).Bind(resultId)
        .Bind(row.Threshold).Bind(row.Cards).Bind(row.Status)
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
    };
}
