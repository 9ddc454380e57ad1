namespace MedAI.Fhir.Auditing;

/// <summary>Adds what is made of the audit trail: its reading, the failures that nobody else writes down, and its removal when its time is over.</summary>
public static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<FailureAudit>();
        services.AddSingleton<FailureAuditFilter>();
        services.AddSingleton<AuditRetention>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditRetention>());
        return services;
    }
}
