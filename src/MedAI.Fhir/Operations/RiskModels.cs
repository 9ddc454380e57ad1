using Hl7.Fhir.Model;
using MedAI.Fhir.Assessments;
using MedAI.Fhir.Conformance;
using MedAI.Models.Packages;

namespace MedAI.Fhir.Operations;

/// <summary>The models that assess risks, as operations choose among them.</summary>
internal static class RiskModels
{
    private const string Where = "Parameters.parameter.where(name='model')";

    /// <summary>The input that names the model.</summary>
    public static readonly OperationInput Input = new("model", 0, "1", FHIRAllTypes.String, "Id of the model. May be left out where one model is served.") { NamesModel = true };

    public static readonly OperationInput AsOf = new("asOf", 0, "1", FHIRAllTypes.DateTime,
        "The instant of the estimate; data that were effective or available later are not used. Default: now.")
    { IsInstant = true };

    public static readonly OperationInput Data = new(OperationSubjects.Data, 0, "*", FHIRAllTypes.Resource,
        "The patient's data: a Bundle, or several resources. Everything must belong to one patient. A searchset must be complete.");

    public static bool Offers(ModelManifest model) => model.Service.Operations.Contains(AssessRiskOperation.Code, StringComparer.Ordinal);

    /// <param name="client">Whose local codes the models' readers understand; null while no clients are configured.</param>
    public static AssessableModel[] Offered(AssessableModels models, string? client) => [.. models.Current.For(client).Where(m => Offers(m.Manifest))];

    /// <summary>The model that the caller names, or the only one.</summary>
    /// <param name="client">Name of the caller; null while no clients are configured.</param>
    public static (AssessableModel? Model, Failure? Failure) Choose(AssessableModels models, string? reference, string? client)
    {
        var offered = Offered(models, client);
        if (reference is not null)
        {
            var named = models.Find(reference, client);
            return named is not null && offered.Contains(named)
                ? (named, null)
                : (null, new Failure(offered.Length == 0 ? FailureCode.NotReady : FailureCode.UnknownModel, Offer(offered), Where));
        }
        return offered switch
        {
            [] => (null, new Failure(FailureCode.NotReady)),
            [var only] => (only, null),
            _ => (null, new Failure(FailureCode.MissingParameter, "Several models assess risks. " + Offer(offered), Where)),
        };
    }

    private static string Offer(AssessableModel[] offered) =>
        "Models: " + string.Join(", ", offered.Select(m => $"{m.Manifest.Id}|{m.Manifest.Version}")) + ".";
}
