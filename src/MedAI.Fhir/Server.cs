using System.Security.Authentication;
using MedAI.Fhir.Access;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Links;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Auditing;
using MedAI.Fhir.CdsHooks;
using MedAI.Fhir.CdsHooks.Alerts;
using MedAI.Fhir.CdsHooks.Feedback;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Conformance.Smart;
using MedAI.Fhir.Demo;
using MedAI.Fhir.DicomWeb;
using MedAI.Fhir.Health;
using MedAI.Fhir.Interpretations;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.PubSub;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;
using MedAI.Fhir.Store.Bundles;
using MedAI.Fhir.Store.Search;
using MedAI.Fhir.Store.Writes;
using MedAI.Fhir.WriteBack;
using MedAI.Models;
using MedAI.Models.Inference;
using MedAI.Models.Packages;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir;

/// <summary>Composition root: what the server is made of, in the order of a request.</summary>
public static class Server
{
    public const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>Nothing here follows a change of settings. Watching for one means watching all that lies below the program, which may be the store: each of its writes would be told.</summary>
    private const string ReadsSettingsOnce = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>Builds the server; nothing listens before it is started.</summary>
    /// <param name="args">Configuration as <c>--Section:Key value</c>; short forms: <c>--demo</c>, <c>--data</c>, <c>--models</c>, <c>--samples</c>, <c>--urls</c>.</param>
    /// <param name="configure">Last word on what the server is made of: another clock, another store. Null leaves it as it is.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of its bounds; the message names it.</exception>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // Settings lie beside the program, so that a published folder runs from any working directory.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = [ReadsSettingsOnce, .. CommandLine.Expand(args)], ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.PostConfigure<LoggerFilterOptions>(QuietFramework.Apply);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ConfigureHttpsDefaults(https => https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13);
        });
        if (builder.Configuration["urls"] is null && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultUrl);
        Exposure.Require(builder.Configuration);
        builder.Services.AddMedAIFhir(builder.Configuration);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Use(app.Services.GetRequiredService<RequestLoad>().Count);
        // Everything behind this line is what an entry of a Bundle goes through as well, from the routing on.
        app.Use(app.Services.GetRequiredService<EntryDispatch>().Remember);
        app.Use(HeadRequests.Answer);
        app.UseRouting();
        app.UseMiddleware<CorrelationMiddleware>();
        app.UseStatusCodePages(HttpFailures.ForEmptyStatusAsync);
        app.UseCors();
        app.MapCdsHooks();
        var fhir = app.MapGroup(PublicAddress.FhirPath).RequireCors(FhirCorsOptions.Policy);
        fhir.MapSmartConfiguration();
        var open = fhir.MapGroup("").AddEndpointFilter<FhirAnswerFilter>().WithMetadata(RoutePolicy.Open);
        open.MapConformance();
        open.MapDefinitions();
        var known = fhir.MapGroup("").AddEndpointFilter(app.Services.GetRequiredService<FhirAccessFilter>()).AddEndpointFilter<FailureAuditFilter>().AddEndpointFilter<FhirAnswerFilter>();
        known.MapOperations();
        known.MapGroup("").WithMetadata(RoutePolicy.AnyToken).MapJobs();
        known.MapAuditEvents();
        known.MapSearches();
        known.MapResources();
        known.MapWrites();
        known.MapBundles();
        known.MapHistories();
        app.MapResultLinks();
        app.MapFeedbackSummary();
        app.MapInferenceLog();
        app.MapHealth();
        app.MapCoverage();
        app.MapDemoPacs();
        return app;
    }

    /// <summary>Everything that the server needs.</summary>
    public static IServiceCollection AddMedAIFhir(this IServiceCollection services, IConfiguration configuration) => services
        .AddRequests(configuration)
        .AddModels()
        .AddLimits()
        .AddOutbound()
        .AddClients()
        .AddSmartAccess()
        .AddLinks()
        .AddDicomWeb()
        .AddStore()
        .AddAudit()
        .AddAssessments()
        .AddWriteBack()
        .AddPubSub()
        .AddInterpretations()
        .AddOperations()
        .AddSmart()
        .AddHooks()
        .AddStartup();

    private static IServiceCollection AddRequests(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ServerOptions>().Bind(configuration.GetSection(ServerOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.Configure<RouteOptions>(RouteForms.Add);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IdSource>();
        services.AddSingleton<RequestLoad>();
        services.AddSingleton<ScoreClock>();
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<JsonBodyReader>();
        services.AddSingleton<FhirBodyReader>();
        services.AddSingleton<ResourceEndpoints.Services>();
        services.AddSingleton<SearchEndpoints.Services>();
        services.AddSingleton<ClientWrites>();
        services.AddSingleton<WriteEndpoints.Services>();
        services.AddSingleton<EntryDispatch>();
        services.AddSingleton<BundleTransaction>();
        services.AddSingleton<BundleEndpoints.Services>();
        return services;
    }

    private static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.AddOptions<InferenceOptions>().BindConfiguration("Inference").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(ContentFolders.Find);
        services.AddMedAIModels(provider => new ModelCatalogOptions
        {
            RootFolder = provider.GetRequiredService<ContentFolders>().Models,
            Inference = provider.GetRequiredService<IOptions<InferenceOptions>>().Value,
        });
        services.AddSingleton(LocalCodes.Load);
        services.AddSingleton<ClientConceptMaps>();
        return services;
    }

    private static IServiceCollection AddAssessments(this IServiceCollection services)
    {
        services.AddSingleton<AssessableModels>();
        services.AddSingleton<StoredRecordSource>();
        services.AddOptions<EhrOptions>().BindConfiguration(EhrOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<EhrSource>();
        services.AddUpstream();
        services.AddSingleton<PatientRecords>();
        services.AddSingleton<KnownAbstentions>();
        services.AddSingleton<RiskAssessor>();
        services.AddSingleton<SelfDescription>();
        return services;
    }

    private static IServiceCollection AddInterpretations(this IServiceCollection services)
    {
        services.AddOptions<ImagingOptions>().BindConfiguration(ImagingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<InterpretingModels>();
        services.AddSingleton<StoredStudySource>();
        services.AddSingleton<StudyRecords>();
        services.AddSingleton<ImageRuns>();
        services.AddSingleton<ImagingInterpreter>();
        services.AddSingleton<StudyReadings>();
        services.AddHostedService(provider => provider.GetRequiredService<StudyReadings>());
        return services;
    }

    private static IServiceCollection AddHooks(this IServiceCollection services)
    {
        services.AddOptions<HookCorsOptions>().BindConfiguration(HookCorsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<HookCorsOptions>, HookCorsOptionsValidator>();
        services.AddCors();
        services.AddOptions<Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions>().Configure<IOptions<HookCorsOptions>>(HookCorsOptions.Apply);
        services.AddOptions<AlertOptions>().BindConfiguration(AlertOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<AlertOptions>, AlertOptionsValidator>();
        services.AddSingleton<AlertPolicy>();
        services.AddSingleton<AlertStart>();
        services.AddSingleton<IValidateOptions<ClientsOptions>, HookClientsValidator>();
        services.AddSingleton<HookClients>();
        services.AddSingleton<ClientStart>();
        services.AddSingleton<HookServices>();
        services.AddSingleton<HookBinder>();
        services.AddSingleton<HookDataSource>();
        services.AddSingleton<HookInvocation>();
        services.AddSingleton<HookCall>();
        services.AddSingleton<HookRequestValidator>();
        services.AddOptions<SuggestionOptions>().BindConfiguration(SuggestionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SuggestionOptions>, SuggestionOptionsValidator>();
        services.AddSingleton<SuggestionWriter>();
        services.AddSingleton<CardWriter>();
        services.AddSingleton<ImagingHookInvocation>();
        services.AddSingleton<ImagingCardWriter>();
        return services;
    }

    private static IServiceCollection AddStartup(this IServiceCollection services)
    {
        services.AddSingleton<Startup>();
        services.AddSingleton<DemoShow>();
        services.AddOptions<DicomWebOptions>().PostConfigure<IOptions<ServerOptions>>(DemoPacs.Trust);
        services.AddHostedService<WarmUp>();
        return services;
    }
}
