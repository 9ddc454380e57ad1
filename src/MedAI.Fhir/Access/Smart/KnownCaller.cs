using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Who sent the Bundle that a request is an entry of: proved once, for all entries. What the caller may do is looked at for each.</summary>
/// <remarks>Only this server's own dispatch sets it; nothing that a client sends does. An EHR's token is good for one address and one use, and cannot be shown again.</remarks>
internal sealed class KnownCaller(RequestFacts sender)
{
    public void TakeOver(HttpContext http) => http.Features.Set(RequestFacts.Of(http) with
    {
        Client = sender.Client,
        User = sender.User,
        Tenant = sender.Tenant,
        Caller = sender.Caller,
        Access = sender.Access,
    });
}
