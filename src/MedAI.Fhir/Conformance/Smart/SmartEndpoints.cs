using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Conformance.Smart;

/// <summary><c>GET .well-known/smart-configuration</c>: where tokens for this server are given. JSON whatever is accepted, for anybody.</summary>
public static class SmartEndpoints
{
    public const string Path = "/.well-known/smart-configuration";

    public static void MapSmartConfiguration(this RouteGroupBuilder fhir) =>
        fhir.MapGet(Path, (HttpContext http, IOptions<SmartOptions> options, CallerTokens tokens, StoredTypes types, EndpointDataSource routes) =>
            SmartConfiguration.Of(options.Value, tokens.Smart.AreConfigured ? ScopesOf(routes, types) : null) is { } configuration
            ? Results.Json(configuration, SmartJson.Default.SmartConfiguration, "application/json")
            : http.Fail(new Failure(FailureCode.NotFound, "No authorization server is configured: clients prove themselves as CDS Hooks describes, or are not asked."))).WithMetadata(RoutePolicy.Open);

    /// <summary>What the routes ask for, in every context in which it counts.</summary>
    private static string[] ScopesOf(EndpointDataSource routes, StoredTypes types) =>
    [
        .. routes.Endpoints.Select(e => e.Metadata.GetMetadata<RoutePolicy>()).OfType<RoutePolicy>()
            .SelectMany(policy => policy.Needs.SelectMany(need => TypesOf(policy, need, types).SelectMany(type => Contexts(policy).Select(context => (Context: context, Type: type, need.Rights)))))
            .GroupBy(s => (s.Context, s.Type))
            .Select(g => $"{g.Key.Context}/{g.Key.Type}.{string.Concat("cruds".Where(right => g.Any(s => s.Rights.Contains(right, StringComparison.Ordinal))))}")
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> TypesOf(RoutePolicy policy, ScopeNeed need, StoredTypes types) =>
        need.Type is { } type ? [type] : policy.Types ?? (types.AcceptsWrites ? types.Readable : ResourceEndpoints.AuthoredTypes);

    private static string[] Contexts(RoutePolicy policy) => policy.SystemOnly ? ["system"] : policy.AuditorsOnly ? ["system", "user"] : ["patient", "system", "user"];

    public static IServiceCollection AddSmart(this IServiceCollection services)
    {
        services.AddOptions<SmartOptions>().BindConfiguration(SmartOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SmartOptions>, SmartOptionsValidator>();
        return services;
    }
}
