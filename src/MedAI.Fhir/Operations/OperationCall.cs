using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Operations;

/// <summary>One invocation with checked inputs.</summary>
/// <param name="Type">Resource type of the route; null on the system level.</param>
/// <param name="Id">Id of the instance; null on the other levels.</param>
public sealed record OperationCall(HttpContext Http, string? Type, string? Id, OperationInputs Inputs)
{
    public RequestFacts Request => RequestFacts.Of(Http);

    /// <summary>The score clock when the request came: the as-of of a request that names none.</summary>
    public required DateTimeOffset Received { get; init; }

    /// <summary>The job that it is run as; null while the caller waits.</summary>
    public JobRun? Job { get; init; }

    /// <summary>Instant after which nobody waits.</summary>
    /// <param name="milliseconds">How long a waiting caller has patience.</param>
    public DateTimeOffset DeadlineFrom(DateTimeOffset now, int milliseconds) => Job?.Deadline ?? now.AddMilliseconds(milliseconds);
}
