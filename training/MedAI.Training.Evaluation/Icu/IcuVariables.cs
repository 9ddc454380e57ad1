using System.Text.Json;
using MedAI.Models.Packages;

namespace MedAI.Training.Evaluation.Icu;

/// <summary>The model's variables as <c>icu-variables.json</c> declares them.</summary>
/// <remarks>
/// A baseline is a value within the usual reference range of adults (room air for the inspired oxygen), and within that range one at which earlier versions of this model
/// gave low risks. It stands where nothing was measured, as bedside scores take the unmeasured as normal, and it is what an explanation compares a value with.
/// </remarks>
internal static class IcuVariables
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>
    /// Half-way points of the logarithmic scale, in the canonical unit, of the variables whose distribution has a long tail.
    /// Every other variable enters linearly.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, double> LogScale = new Dictionary<string, double>
    {
        ["ALP"] = 20,
        ["ALT"] = 10,
        ["AST"] = 10,
        ["Bilirubin"] = 0.2,
        ["BUN"] = 5,
        ["Creatinine"] = 0.2,
        ["Glucose"] = 30,
        ["Lactate"] = 0.5,
        ["PaO2"] = 50,
        ["Platelets"] = 50,
        ["TroponinI"] = 0.1,
        ["TroponinT"] = 0.02,
        ["Urine"] = 50,
        ["WBC"] = 2,
    };

    /// <summary>Reads the declaration.</summary>
    public static IReadOnlyList<ManifestVariable> Read()
    {
        using var stream = typeof(IcuVariables).Assembly.GetManifestResourceStream("icu-variables.json")
            ?? throw new InvalidOperationException("icu-variables.json is not embedded.");
        return JsonSerializer.Deserialize<List<ManifestVariable>>(stream, Json)
            ?? throw new InvalidOperationException("icu-variables.json is empty.");
    }
}
