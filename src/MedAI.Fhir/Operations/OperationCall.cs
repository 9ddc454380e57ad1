using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Operations;

/// <summary>One invocation with checked inputs.</summary>
/// <param name="Type">Resource type of the route; null on the system level.</param>
/// <param name="Id">Id of the instance; null on the other levels.</param>
public sealed record OperationCall(HttpContext Http, string? Type, string? Id, OperationInputs Inputs)
{
    public RequestFacts Request => RequestFacts.Of(Http);
}
