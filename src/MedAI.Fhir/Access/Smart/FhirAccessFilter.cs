using System.Diagnostics.CodeAnalysis;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Requests;

namespace MedAI.Fhir.Access.Smart;

/// <summary>Lets nobody reach more of the FHIR endpoints than his token gives: the route's policy, and the patient that the token is about.</summary>
/// <remarks>
/// A route says by <see cref="RoutePolicy"/> what it needs; a route that says nothing lets nobody in. Where the address names an instance and the caller is restricted to one
/// patient, the instance must be that patient's. Handlers find what is left to check in <see cref="RequestFacts.Access"/>.
/// </remarks>
public sealed class FhirAccessFilter(CallerTokens tokens, TokenRefusals refusals, AccessDenials denials, PatientCompartment compartment, PublicAddress address) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) => tokens.AreRequired ? CheckAsync(context, next) : next(context);

    private async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var policy = http.GetEndpoint()?.Metadata.GetMetadata<RoutePolicy>();
        if (policy is { IsOpen: true })
        {
            http.Features.Set(RequestFacts.Of(http) with { Tenant = "", Access = FhirAccess.Nobody });
            return await next(context);
        }
        var known = http.Features.Get<KnownCaller>();
        if (known is null && refusals.Before(http) is { } unread)
            return unread;
        try
        {
            if (known is not null)
                known.TakeOver(http);
            else if (!await IdentifyAsync(http))
                return await refusals.RefuseAsync(http);
        }
        catch (TokenMemoryAwayException)
        {
            return http.Fail(new Failure(FailureCode.TokensUnchecked), http.Asks());
        }

        var access = RequestFacts.Of(http).Access!;
        var place = Instance.Of(http);
        var reach = policy is null ? Reach.None : access.ReachOf(policy.Needs.Where(n => n.UnlessFalse is null && (!n.OnlyOnInstance || place.Id is not null)), place.Type, policy.SystemOnly);
        if (reach == Reach.None)
            return await denials.TooLittleScopeAsync(http, policy?.Needs ?? [], place.Type, policy?.SystemOnly == true);
        if (policy!.AuditorsOnly && !(access.MayReadAudit && reach == Reach.Tenant))
            return await denials.DenyAsync(http, "Only auditors that this server's configuration names may do this.");
        if (reach == Reach.Patient)
        {
            access = access with { Only = access.Patient };
            http.Features.Set(RequestFacts.Of(http) with { Access = access });
            // An operation finds the record of this id where the token's patient is: here, or on the hospital's FHIR server.
            if (place is { Type: "Patient", Operates: true, Id: { } named })
            {
                if (named != access.Only!.Id)
                    return await denials.OtherPatientAsync(http);
            }
            else if (place.Id is not null && !await compartment.HoldsAsync(place.Type!, place.Id, place.Version, access.Only!, http.RequestAborted))
            {
                return http.Fail(new Failure(FailureCode.NotFound));
            }
        }
        return await next(context);
    }

    /// <summary>Puts what the token says into the request's facts; false where it is not good.</summary>
    private async ValueTask<bool> IdentifyAsync(HttpContext http)
    {
        if (!SignedToken.TryRead(http.Request.Headers.Authorization, out var token))
            return false;
        var facts = RequestFacts.Of(http);
        if (tokens.Smart.Knows(token.Issuer))
        {
            if (await tokens.Smart.IdentifyAsync(token, http.RequestAborted) is not { } smart)
                return false;
            http.Features.Set(facts with { Client = smart.Client, User = smart.User, Tenant = smart.Access.Tenant, Access = smart.Access });
            return true;
        }
        if (await tokens.Clients.IdentifyAsync(token, address.Origin + http.Request.Path, http.RequestAborted) is not { } client)
            return false;
        http.Features.Set(facts with
        {
            Client = client.Name,
            Tenant = client.Tenant,
            Caller = client,
            Access = new FhirAccess(client.Tenant, SmartScopes.Everything, null) { MayReadAudit = client.MayReadAudit },
        });
        return true;
    }

    /// <summary>The instance that an address names.</summary>
    /// <param name="Operates">True for an operation on it.</param>
    private readonly record struct Instance(string? Type, string? Id, int? Version, bool Operates)
    {
        public static Instance Of(HttpContext http)
        {
            // /fhir/[type], /fhir/[type]/[id], /fhir/[type]/[id]/_history/[version], each perhaps with an operation at its end.
            string[] parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 2 || !char.IsAsciiLetterUpper(parts[1][0]))
                return default;
            bool operates = parts[^1].StartsWith('$');
            if (!TryId(http, out string? id))
                return new Instance(parts[1], null, null, operates);
            int? version = http.GetRouteValue("version") is string text && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : null;
            return new Instance(parts[1], id, version, operates);
        }

        private static bool TryId(HttpContext http, [NotNullWhen(true)] out string? id) => (id = http.GetRouteValue("id") as string) is not null;
    }
}
