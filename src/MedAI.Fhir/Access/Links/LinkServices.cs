namespace MedAI.Fhir.Access.Links;

/// <summary>Adds links that open a single result.</summary>
public static class LinkServices
{
    public static IServiceCollection AddLinks(this IServiceCollection services)
    {
        services.AddOptions<LinkOptions>().BindConfiguration(LinkOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ResultLinks>();
        return services;
    }
}
