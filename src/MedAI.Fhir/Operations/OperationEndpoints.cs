using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Requests;
using Microsoft.AspNetCore.Http.Features;

namespace MedAI.Fhir.Operations;

/// <summary>Gives every registered operation its routes: POST always, GET where it changes nothing and primitive values are enough (R4, operations.html 3.2.0).</summary>
public static class OperationEndpoints
{
    public static void MapOperations(this RouteGroupBuilder fhir)
    {
        var services = ((IEndpointRouteBuilder)fhir).ServiceProvider;
        var parts = new Parts(services.GetRequiredService<FhirBodyReader>(), services.GetRequiredService<JobAcceptance>(), services.GetRequiredService<ScoreClock>());
        var check = services.GetRequiredService<OperationAccess>();
        foreach (var operation in services.GetServices<IFhirOperation>().Where(o => o.IsEnabled))
        {
            var declaration = operation.Declaration;
            var validator = new OperationInputsValidator(declaration);
            string[] methods = declaration.AllowsGet ? [HttpMethods.Post, HttpMethods.Get] : [HttpMethods.Post];
            if (declaration.OnSystem)
                Map("/$" + declaration.Code, (HttpContext http, CancellationToken ct) => InvokeAsync(operation, validator, parts, check, null, null, http, ct));
            foreach (string type in declaration.Types)
            {
                if (declaration.OnType)
                    Map($"/{type}/${declaration.Code}", (HttpContext http, CancellationToken ct) => InvokeAsync(operation, validator, parts, check, type, null, http, ct));
                if (declaration.OnInstance)
                    Map($"/{type}/{{id}}/${declaration.Code}", (string id, HttpContext http, CancellationToken ct) => InvokeAsync(operation, validator, parts, check, type, id, http, ct));
            }

            void Map(string pattern, Delegate handler) => fhir.MapMethods(pattern, methods, handler).WithMetadata(declaration.Access);
        }
    }

    private static async Task<IResult> InvokeAsync(IFhirOperation operation, OperationInputsValidator validator, Parts parts, OperationAccess check, string? type, string? id,
        HttpContext http, CancellationToken cancellationToken)
    {
        // Before anything is computed or stored.
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        (var body, var unreadable) = await BodyAsync(operation.Declaration, parts.Bodies, http, cancellationToken);
        if (unreadable is not null)
            return http.Fail(unreadable);
        using (body)
        {
            var (inputs, malformed) = body is null ? (OperationInputs.None, null) : OperationInputs.Read(body.Root, operation.Declaration);
            if ((malformed ?? validator.Refusal(inputs!)) is { } refusal)
                return http.Fail(refusal);
            if (await check.RefusalAsync(operation.Declaration, inputs!, http) is { } denied)
                return denied;
            var call = new OperationCall(http, type, id, inputs!) { Received = parts.Clock.Now };
            // A preference may be passed over (RFC 7240): who has shown no token could not fetch the result, and must not fill the queue.
            if (RespondAsync.IsPreferred(http.Request) && !ReferenceEquals(call.Request.Access, FhirAccess.Nobody))
                return await parts.Jobs.AcceptAsync(operation.Declaration, call, cancellationToken);
            return operation.Declaration.OnlyAsync ? http.Fail(new Failure(FailureCode.AsyncOnly)) : await operation.InvokeAsync(call, cancellationToken);
        }
    }

    /// <summary>What every operation is called with.</summary>
    private sealed record Parts(FhirBodyReader Bodies, JobAcceptance Jobs, ScoreClock Clock);

    private static async ValueTask<(JsonBody? Body, Failure? Failure)> BodyAsync(OperationDeclaration operation, FhirBodyReader bodies, HttpContext http, CancellationToken cancellationToken)
    {
        if (HttpMethods.IsGet(http.Request.Method))
            return JsonBody.Parse(QueryInputs.AsParameters(http.Request.Query, operation));
        // A POST without a body is an invocation without parameters.
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } || http.Request.ContentLength == 0)
            return (null, null);
        return await bodies.ReadAsync(http.Request, cancellationToken);
    }
}
