namespace MedAI.Fhir.Access.Smart;

/// <summary>What the caller of a FHIR route may reach; part of the request's facts. Stores and searches ask it and nothing else.</summary>
/// <param name="Tenant">Whose patients.</param>
/// <param name="Patient">The patient that patient scopes are about; null where the token names none.</param>
public sealed record FhirAccess(string Tenant, SmartScopes Scopes, PatientKey? Patient)
{
    /// <summary>Of a route that asks for no token: what says something about a patient is not there.</summary>
    public static FhirAccess Nobody { get; } = new("", SmartScopes.Parse(""), null);

    /// <summary>The one patient that this request may be about; null where all of the tenant's may be.</summary>
    /// <remarks>Set by the filter from what the route needs: the same token may read all Devices and one patient's results.</remarks>
    public PatientKey? Only { get; init; }

    /// <summary>Whether the configuration lets the caller read the audit trail.</summary>
    public bool MayReadAudit { get; init; }

    /// <summary>How far the scopes reach for all rights of a need; patient scopes without a patient reach nowhere.</summary>
    /// <param name="type">The type in the address, for needs that mean it.</param>
    public Reach ReachOf(ScopeNeed need, string? type = null, bool systemOnly = false)
    {
        if ((need.Type ?? type) is not { } wanted)
            return Reach.None;
        var reach = Reach.Tenant;
        foreach (char right in need.Rights)
        {
            var one = Scopes.Of(wanted, right, systemOnly);
            reach = one < reach ? one : reach;
        }
        return reach == Reach.Patient && Patient is null ? Reach.None : reach;
    }

    /// <summary>The least reach over all needs that hold: a route reaches no farther than its narrowest right.</summary>
    public Reach ReachOf(IEnumerable<ScopeNeed> needs, string? type = null, bool systemOnly = false)
    {
        var least = Reach.Tenant;
        foreach (var need in needs)
        {
            var one = ReachOf(need, type, systemOnly);
            least = one < least ? one : least;
        }
        return least;
    }

    /// <summary>The patient to whom resources of a type are restricted when they come along with others, for instance by <c>_include</c>.</summary>
    /// <param name="only">The patient; null where there is no restriction.</param>
    /// <returns>False where the scopes do not give the type at all.</returns>
    public bool MayInclude(string type, out PatientKey? only)
    {
        var reach = ReachOf(new ScopeNeed(type, "r"));
        only = reach == Reach.Patient ? Patient : Only;
        return reach != Reach.None;
    }
}
