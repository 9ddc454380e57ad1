using Microsoft.Extensions.Options;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Adds the fetching of images to the server.</summary>
public static class DicomWebServices
{
    public static IServiceCollection AddDicomWeb(this IServiceCollection services)
    {
        services.AddOptions<DicomWebOptions>().BindConfiguration(DicomWebOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<DicomWebOptions>, DicomWebOptionsValidator>();
        services.AddSingleton<StudyImageSource>();
        return services;
    }
}
