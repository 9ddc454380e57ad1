using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Access.Clients;

/// <summary>Lets no EHR past that has not proved who it is, once callers are configured.</summary>
public sealed class ClientFilter(CallerTokens tokens, TokenRefusals refusals, PublicAddress address) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) => tokens.AreRequired ? CheckAsync(context, next) : next(context);

    private async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (refusals.Before(http) is { } unread)
            return unread;
        ClientIdentity? client;
        try
        {
            client = await tokens.Clients.IdentifyAsync(http.Request.Headers.Authorization, address.Origin + http.Request.Path, http.RequestAborted);
        }
        catch (TokenMemoryAwayException)
        {
            return http.Fail(new Failure(FailureCode.TokensUnchecked), http.Asks());
        }
        if (client is null)
            return await refusals.RefuseAsync(http);
        http.Features.Set(RequestFacts.Of(http) with { Client = client.Name, Tenant = client.Tenant, Caller = client });
        if (!client.MayReadFeedback && http.GetEndpoint()?.Metadata.GetMetadata<NeedsFeedbackRight>() is not null)
            return http.Fail(new Failure(FailureCode.Forbidden), http.Asks());
        return await next(context);
    }
}

/// <summary>Marks an endpoint that only clients may call which may read the summary of feedback.</summary>
public sealed class NeedsFeedbackRight;
