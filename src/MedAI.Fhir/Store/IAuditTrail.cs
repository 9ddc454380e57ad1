namespace MedAI.Fhir.Store;

/// <summary>Reads the audit trail back, in the order in which the rows were written.</summary>
public interface IAuditTrail
{
    /// <summary>Rows of one request, by its correlation id.</summary>
    ValueTask<IReadOnlyList<AuditRow>> ReadRequestAsync(string requestId, CancellationToken cancellationToken);

    /// <summary>Rows that fit, newest first.</summary>
    ValueTask<IReadOnlyList<AuditRow>> SearchAsync(AuditQuestion question, CancellationToken cancellationToken);

    /// <summary>How many rows fit, wherever a page of them begins or ends.</summary>
    ValueTask<long> CountAsync(AuditQuestion question, CancellationToken cancellationToken);

    /// <summary>Answered inferences that fit, newest first, each with all that is kept of it.</summary>
    ValueTask<IReadOnlyList<InferenceRecord>> ReadInferencesAsync(AuditQuestion question, CancellationToken cancellationToken);

    /// <summary>The newest rows, newest last.</summary>
    ValueTask<IReadOnlyList<AuditRow>> ReadNewestAsync(int limit, CancellationToken cancellationToken);
}
