namespace MedAI.Fhir.Store;

/// <summary>Reads the audit trail back, in the order in which the rows were written.</summary>
public interface IAuditTrail
{
    /// <summary>Rows of one request, by its correlation id.</summary>
    ValueTask<IReadOnlyList<AuditRow>> ReadRequestAsync(string requestId, CancellationToken cancellationToken);

    /// <summary>The newest rows, newest last.</summary>
    ValueTask<IReadOnlyList<AuditRow>> ReadNewestAsync(int limit, CancellationToken cancellationToken);
}
