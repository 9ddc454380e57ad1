using MedAI.Fhir.Conformance.Validation;
using MedAI.Fhir.Operations.Cohorts;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Sources;

namespace MedAI.Fhir.Operations;

/// <summary>Adds the FHIR operations to the server. A further one is a file here and a line below.</summary>
public static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<OperationSubjects>();
        services.AddSingleton<OperationAccess>();
        services.AddSingleton<IFhirOperation, AssessRiskOperation>();
        services.AddSingleton<IFhirOperation, InterpretImagingOperation>();
        services.AddSingleton<IFhirOperation, ExplainOperation>();
        services.AddSingleton<IFhirOperation, ModelCardOperation>();
        services.AddSingleton<IFhirOperation, ScoreAllOperation>();
        services.AddSingleton<GroupRecords>();
        services.AddSingleton<CohortScoring>();
        services.AddSingleton<IFhirOperation, GroupAssessRiskOperation>();
        services.AddSingleton<ResourceValidation>();
        services.AddSingleton<IFhirOperation, ValidateOperation>();
        services.AddOptions<WhatIfOptions>().BindConfiguration(WhatIfOptions.Section).ValidateOnStart();
        services.AddSingleton<IFhirOperation, WhatIfOperation>();
        return services.AddJobs();
    }

    private static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.AddOptions<JobOptions>().BindConfiguration(JobOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<JobAcceptance>();
        services.AddSingleton<JobLease>();
        services.AddSingleton<JobRunner>();
        services.AddSingleton<JobEndpoints.Services>();
        services.AddSingleton<JobWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<JobWorker>());
        return services;
    }
}
