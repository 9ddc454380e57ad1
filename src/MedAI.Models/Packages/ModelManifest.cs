using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedAI.Models.Packages;

/// <summary>The contract between a data scientist and the server: everything the server publishes or computes about a model.</summary>
/// <remarks>
/// Read from <c>manifest.json</c>; its JSON Schema is <c>model-manifest.schema.json</c> beside this file. A manifest that
/// was returned by <see cref="ManifestReader"/> is complete and consistent; one made by hand is not checked.
/// Defaults are given by the getters, because the source-generated reader sets every init member, absent ones to null or 0.
/// </remarks>
public sealed record ModelManifest
{
    /// <summary>Version of the manifest format; this server reads "1.0".</summary>
    public required string SchemaVersion { get; init; }

    /// <summary>Stable id, lower-case letters, digits and hyphens: the CDS Hooks service id.</summary>
    public required string Id { get; init; }

    /// <summary>Semantic version of the model.</summary>
    public required string Version { get; init; }

    public required string Title { get; init; }

    public required ModelKind Kind { get; init; }

    public required string Publisher { get; init; }

    /// <summary>SPDX licence expression of the package.</summary>
    public required string Licence { get; init; }

    public required string IntendedUse { get; init; }

    /// <summary>One-line origin that every card repeats, for instance what data the model was trained on.</summary>
    public required string TrainingStatement { get; init; }

    public IReadOnlyList<string> Limitations { get => field ?? []; init; }

    /// <summary>Files of the package by role; every hash is lower-case hex SHA-256.</summary>
    public required ManifestFiles Files { get; init; }

    public required ManifestOutcome Outcome { get; init; }

    /// <summary>Kind sequence only; see <see cref="AsSequence"/>.</summary>
    public ManifestTiming? Timing { get; init; }

    public required ManifestPopulation Population { get; init; }

    /// <summary>Kind sequence only; see <see cref="AsSequence"/>.</summary>
    public ManifestEncoder? Encoder { get; init; }

    /// <summary>Series variables in tensor order, then the static ones; kind sequence only.</summary>
    public IReadOnlyList<ManifestVariable> Variables { get => field ?? []; init; }

    /// <summary>Kind sequence only; see <see cref="AsSequence"/>.</summary>
    public ManifestMinimumData? MinimumData { get; init; }

    /// <summary>Kind imaging only; see <see cref="AsImaging"/>.</summary>
    public ManifestImaging? Imaging { get; init; }

    /// <summary>Kind imaging only; see <see cref="AsImaging"/>.</summary>
    public ManifestOutOfDistribution? OutOfDistribution { get; init; }

    /// <summary>What an imaging model says beyond its main outcome.</summary>
    public IReadOnlyList<ManifestFinding> Findings { get => field ?? []; init; }

    public required ManifestTensors Tensors { get; init; }

    public required ManifestCalibration Calibration { get; init; }

    /// <summary>Operating thresholds in ascending order of value.</summary>
    public IReadOnlyList<ManifestThreshold> Thresholds { get => field ?? []; init; }

    /// <summary>Qualitative risk bands; the band with the highest <see cref="ManifestBand.From"/> at or below the risk applies.</summary>
    public IReadOnlyList<ManifestBand> Bands { get => field ?? []; init; }

    public required ManifestExplanation Explanation { get; init; }

    /// <summary>Histograms of inputs in the training data, for drift; empty where the package has none.</summary>
    public IReadOnlyList<ManifestHistogram> Histograms { get => field ?? []; init; }

    /// <summary>Section that only the FHIR server reads.</summary>
    public required ManifestService Service { get; init; }

    /// <summary>The members that every sequence model has.</summary>
    /// <exception cref="InvalidOperationException">The manifest is of another kind or was not checked.</exception>
    public SequenceManifest AsSequence() => Timing is { } timing && Encoder is { } encoder && MinimumData is { } minimum
        ? new SequenceManifest(timing, encoder, Variables, minimum)
        : throw new InvalidOperationException("This is not the manifest of a sequence model.");

    /// <summary>The members that every imaging model has.</summary>
    /// <exception cref="InvalidOperationException">The manifest is of another kind or was not checked.</exception>
    public ImagingManifest AsImaging() => Imaging is { } imaging && OutOfDistribution is { } ood
        ? new ImagingManifest(imaging, ood, Findings)
        : throw new InvalidOperationException("This is not the manifest of an imaging model.");
}

/// <summary>What only a sequence model declares, nothing absent.</summary>
public readonly record struct SequenceManifest(ManifestTiming Timing, ManifestEncoder Encoder, IReadOnlyList<ManifestVariable> Variables, ManifestMinimumData MinimumData);

/// <summary>What only an imaging model declares, nothing absent.</summary>
public readonly record struct ImagingManifest(ManifestImaging Imaging, ManifestOutOfDistribution OutOfDistribution, IReadOnlyList<ManifestFinding> Findings);

[JsonConverter(typeof(JsonStringEnumConverter<ModelKind>))]
public enum ModelKind
{
    [JsonStringEnumMemberName("sequence")] Sequence,
    [JsonStringEnumMemberName("imaging")] Imaging,
}

/// <summary>Paths are relative to the manifest, never above it.</summary>
public sealed record ManifestFiles
{
    public required ManifestFile Model { get; init; }

    public required ManifestFile Golden { get; init; }

    public required ManifestFile ModelCard { get; init; }
}

public sealed record ManifestFile(string Path, string Sha256);

public sealed record ManifestCoding(string System, string Code, string Display);

/// <summary>What the estimate is a probability of.</summary>
public sealed record ManifestOutcome
{
    public required ManifestCoding Coding { get; init; }

    /// <summary>Words for the outcome, fit to follow "probability of".</summary>
    public required string Text { get; init; }

    /// <summary>"encounter" (until the end of the stay) or an ISO 8601 duration from as-of, such as PT24H; "current" for what an image shows.</summary>
    public required string Horizon { get; init; }

    /// <summary>Share of the training cohort with the outcome, 0..1.</summary>
    public required double BaseRate { get; init; }

    /// <summary>The cohort that <see cref="BaseRate"/> was counted in.</summary>
    public required string BaseRateCohort { get; init; }
}

/// <summary>Time zero and the span after it in which the model may be used.</summary>
public sealed record ManifestTiming
{
    /// <summary>"icu-stay-start".</summary>
    public required string TimeZero { get; init; }

    public required double MinimumHours { get; init; }

    public required double MaximumHours { get; init; }
}

public sealed record ManifestPopulation
{
    public double? MinimumAgeYears { get; init; }

    public double? MaximumAgeYears { get; init; }

    /// <summary>FHIR administrative genders that the model was made for; null means all.</summary>
    public IReadOnlyList<string>? Sexes { get; init; }

    /// <summary>Care settings: "icu"; none for an imaging model.</summary>
    public IReadOnlyList<string> Settings { get => field ?? []; init; }
}

/// <summary>How a timeline becomes tensors.</summary>
public sealed record ManifestEncoder
{
    /// <summary>"hourly-grid".</summary>
    public required string Name { get; init; }

    public required double StepHours { get; init; }

    /// <summary>Static features in tensor order.</summary>
    public IReadOnlyList<ManifestStatic> Statics { get => field ?? []; init; }
}

/// <summary>One static feature; several features may belong to one explained group.</summary>
/// <param name="Feature">age, male, icu-coronary, icu-cardiac-surgery, icu-medical, icu-surgical, icu-other, height, height-observed, weight, weight-observed.</param>
/// <param name="Group">Name under which the feature is explained: age, sex, icu-type, height, weight.</param>
/// <param name="Baseline">Value when unknown and in the occluded row.</param>
public sealed record ManifestStatic(string Feature, string Group, double Baseline);

/// <summary>One input variable: which codes and units mean it, which values are believable, and how it is aggregated.</summary>
public sealed record ManifestVariable
{
    /// <summary>Stable id, also the column name in training.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>"series" (a grid column) or "static" (feeds a static feature, for instance height).</summary>
    public string Use { get => field ?? "series"; init; }

    /// <summary>"measurement", "treatment" (explained as such) or "state" intervals through <see cref="State"/>.</summary>
    public string Role { get => field ?? "measurement"; init; }

    /// <summary>Canonical UCUM unit.</summary>
    public required string Unit { get; init; }

    /// <summary>mean, sum, min, max or last; all independent of input order.</summary>
    public string Aggregation { get => field ?? "mean"; init; }

    /// <summary>Values outside are rejected, in the canonical unit.</summary>
    public required ManifestRange Hard { get; init; }

    /// <summary>Values outside are clipped, in the canonical unit.</summary>
    public ManifestRange? Soft { get; init; }

    /// <summary>A last value older than this is not carried forward.</summary>
    public required double StalenessHours { get; init; }

    /// <summary>Value of a cell that was never measured, and of an occluded row.</summary>
    public required double Baseline { get; init; }

    /// <summary>The model must not be used without this variable.</summary>
    public bool Required { get; init; }

    /// <summary>FHIR Observation category used in the generated prefetch query: vital-signs, laboratory, or null for a code query.</summary>
    public string? Category { get; init; }

    /// <summary>Accepted codes in order of preference; all pool into one series.</summary>
    public IReadOnlyList<ManifestCode> Codes { get => field ?? []; init; }

    /// <summary>Accepted units. Canonical = value * factor + offset.</summary>
    public IReadOnlyList<ManifestUnit> Units { get => field ?? []; init; }

    /// <summary>Display-only unit words, used only without a unit system or with a dimensionally wrong code; flagged.</summary>
    public IReadOnlyList<ManifestUnitAlias> Aliases { get => field ?? []; init; }

    /// <summary>Sum of simultaneous parts, for instance the three Glasgow scores.</summary>
    public ManifestParts? Parts { get; init; }

    /// <summary>Derived from two other variables at the same instant when it was not measured itself; flagged.</summary>
    public ManifestDerivation? Derived { get; init; }

    public ManifestState? State { get; init; }
}

public sealed record ManifestRange(double Low, double High);

/// <summary>An accepted code.</summary>
public sealed record ManifestCode
{
    public required string System { get; init; }

    public required string Code { get; init; }

    public string? Display { get; init; }

    /// <summary>Only units listed here are accepted for this code, with their own factor (for instance urea in mol); null: the variable's units.</summary>
    public IReadOnlyList<ManifestUnit>? Units { get; init; }

    /// <summary>Condition under which the code means this variable: null, "invasive", "non-invasive", "arterial", "not-venous", "arterial-or-laboratory", "vital-signs".</summary>
    public string? When { get; init; }

    /// <summary>Data-quality flag set on every value that came in by this code, for instance "pulse-oximetry".</summary>
    public string? Flag { get; init; }
}

public sealed record ManifestUnit(string Code, double Factor = 1, double Offset = 0);

/// <param name="Text">Word compared case-sensitively with unit and code.</param>
/// <param name="Code">The unit of the table that it stands for.</param>
public sealed record ManifestUnitAlias(string Text, string Code);

/// <param name="Codes">Every part's code; all must be present at one instant.</param>
/// <param name="NotTestable">Value of a part that could not be tested, by part code (verbal response of an intubated patient).</param>
/// <param name="Ranges">Believable values of each part, by part code; a part without one is bounded by 0 and the whole's hard range.</param>
public sealed record ManifestParts(IReadOnlyList<ManifestCode> Codes, IReadOnlyDictionary<string, double> NotTestable,
    IReadOnlyDictionary<string, ManifestRange>? Ranges = null);

/// <param name="Formula">"mean-pressure": (first + 2 * second) / 3.</param>
public sealed record ManifestDerivation(string Formula, IReadOnlyList<string> From);

/// <summary>A state that lasts, such as mechanical ventilation.</summary>
/// <param name="JoinGapHours">Instants no further apart than this are one interval.</param>
/// <param name="ProcedureCodes">Procedures whose performed period is the interval.</param>
public sealed record ManifestState(double JoinGapHours, IReadOnlyList<ManifestCoding> ProcedureCodes);

/// <summary>Below this the model abstains.</summary>
public sealed record ManifestMinimumData
{
    /// <summary>At least this many different series variables observed in the window.</summary>
    public required int DistinctVariables { get; init; }

    /// <summary>Groups of which at least one variable must be observed.</summary>
    public IReadOnlyList<ManifestVariableGroup> AnyOf { get => field ?? []; init; }

    /// <summary>The newest used value must not be older than this at as-of.</summary>
    public required double NewestWithinHours { get; init; }
}

public sealed record ManifestVariableGroup(string Title, IReadOnlyList<string> Variables);

/// <summary>Which images the model may be shown, and how their pixels become its input.</summary>
public sealed record ManifestImaging
{
    /// <summary>Accepted values of DICOM Modality (0008,0060), for instance CR and DX.</summary>
    public IReadOnlyList<string> Modalities { get => field ?? []; init; }

    /// <summary>Accepted values of Body Part Examined (0018,0015).</summary>
    public IReadOnlyList<string> BodyParts { get => field ?? []; init; }

    /// <summary>Accepted values of View Position (0018,5101); empty where the view does not matter.</summary>
    public IReadOnlyList<string> Views { get => field ?? []; init; }

    /// <summary>An image with fewer rows holds too little for the model.</summary>
    public required int MinimumRows { get; init; }

    public required int MinimumColumns { get; init; }

    public required ManifestIntensity Intensity { get; init; }

    /// <summary>"none" (the whole image, stretched) or "centre-square".</summary>
    public string Crop { get => field ?? "none"; init; }

    public required ManifestResize Resize { get; init; }
}

/// <summary>How stored values become grey from 0 (black) to 1 (white).</summary>
/// <param name="Voi">"dicom": the image's own VOI LUT or first window.</param>
/// <param name="Fallback">For an image without one: "min-max" of its pixels, or "full-range" of what its bits can hold.</param>
public sealed record ManifestIntensity(string Voi, string Fallback);

/// <summary>Size of the model's input.</summary>
/// <param name="Filter">"area": exact box average along an axis that shrinks, bilinear along one that grows.</param>
public sealed record ManifestResize(int Rows, int Columns, string Filter);

/// <summary>When an image is so unlike the training images that nothing may be said about it.</summary>
/// <param name="Output">Name of the output with role ood; higher is stranger.</param>
/// <param name="Threshold">Refused when the score is above it.</param>
/// <param name="Statement">What was measured at the threshold.</param>
public sealed record ManifestOutOfDistribution(string Output, double Threshold, string Statement);

/// <summary>One more thing that an imaging model estimates.</summary>
public sealed record ManifestFinding
{
    public required string Id { get; init; }

    /// <summary>Name of an output with role finding-logit.</summary>
    public required string Output { get; init; }

    public required ManifestCoding Coding { get; init; }

    /// <summary>Words for the finding, fit to follow "probability of".</summary>
    public required string Text { get; init; }

    /// <summary>"outcome" when the probability holds only given the main outcome; null for one of its own.</summary>
    public string? Given { get; init; }

    public required ManifestFindingCalibration Calibration { get; init; }

    /// <summary>Operating thresholds in ascending order of value.</summary>
    public IReadOnlyList<ManifestThreshold> Thresholds { get => field ?? []; init; }
}

/// <summary>Probability = sigmoid(slope * logit + intercept).</summary>
public sealed record ManifestFindingCalibration(double Slope, double Intercept);

public sealed record ManifestTensors
{
    public IReadOnlyList<ManifestTensor> Inputs { get => field ?? []; init; }

    public IReadOnlyList<ManifestTensor> Outputs { get => field ?? []; init; }
}

/// <param name="Name">Name in the ONNX graph.</param>
/// <param name="Role">Inputs: values, observed, hours-since, statics, image. Outputs: logit, probability, members, interval, cam, ood, features, finding-logit.</param>
/// <param name="Type">"float32".</param>
/// <param name="Shape">Numbers or the symbols N (rows) and T (steps).</param>
public sealed record ManifestTensor(string Name, string Role, string Type, IReadOnlyList<JsonElement> Shape)
{
    /// <summary>A float32 tensor; a dimension is a number's digits or N or T.</summary>
    public static ManifestTensor Float32(string name, string role, params ReadOnlySpan<string> shape)
    {
        var dimensions = new JsonElement[shape.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            dimensions[i] = int.TryParse(shape[i], out int n)
                ? JsonSerializer.SerializeToElement(n, ManifestJsonContext.Default.Int32)
                : JsonSerializer.SerializeToElement(shape[i], ManifestJsonContext.Default.String);
        }
        return new ManifestTensor(name, role, "float32", dimensions);
    }
}

/// <summary>Risk = sigmoid(slope * logit + intercept), both interpolated linearly between landmarks and held constant outside.</summary>
public sealed record ManifestCalibration(IReadOnlyList<ManifestLandmark> Landmarks);

public sealed record ManifestLandmark(double Hours, double Slope, double Intercept);

/// <summary>An operating threshold with what was measured at it on held-out stays.</summary>
public sealed record ManifestThreshold
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    /// <summary>Risk at and above which it applies, 0..1.</summary>
    public required double Value { get; init; }

    /// <summary>CDS Hooks indicator: info, warning or critical.</summary>
    public required string Indicator { get; init; }

    public required double AlertRate { get; init; }

    public required double Sensitivity { get; init; }

    /// <summary>Positive predictive value.</summary>
    public required double Ppv { get; init; }
}

/// <param name="Code">http://terminology.hl7.org/CodeSystem/risk-probability: negligible, low, moderate, high, certain.</param>
public sealed record ManifestBand(double From, string Code, string Display);

/// <param name="Method">"occlusion", or "class-activation-map" for images.</param>
/// <param name="Top">How many contributions a card names; 0 for a map.</param>
public sealed record ManifestExplanation(string Method, int Top);

/// <param name="Edges">n+1 ascending edges.</param>
/// <param name="Counts">n shares that sum to 1.</param>
public sealed record ManifestHistogram(string Variable, IReadOnlyList<double> Edges, IReadOnlyList<double> Counts);

/// <summary>What MedAI.Fhir publishes for the model.</summary>
public sealed record ManifestService
{
    /// <summary>CDS Hooks hooks, for instance patient-view; an organisation's own by its reverse domain, for instance org.example.round-begin.</summary>
    public IReadOnlyList<string> Hooks { get => field ?? []; init; }

    public required string Description { get; init; }

    public string? UsageRequirements { get; init; }

    /// <summary>FHIR operation codes without the dollar sign, for instance assess-risk.</summary>
    public IReadOnlyList<string> Operations { get => field ?? []; init; }

    /// <summary>source.topic of the cards.</summary>
    public required ManifestCoding Topic { get; init; }

    /// <summary>Start of the card's one-line summary; the server appends the number.</summary>
    public required string CardSummary { get; init; }

    /// <summary>Caution at the end of every card and report.</summary>
    public required string Caution { get; init; }

    /// <summary>RiskAssessment.code and method coding.</summary>
    public required ManifestCoding Method { get; init; }

    /// <summary>Reasons of the package's own that a clinician may give for not following a card; codes of HL7's non-adherence reasons may be among them.</summary>
    public IReadOnlyList<ManifestCoding> OverrideReasons { get => field ?? []; init; }

    /// <summary>"standard": HL7's six groups of reasons, then the package's own. "own": the package's own alone, where it has none no reasons at all. Null: own where there are any, else standard.</summary>
    public string? OverrideReasonSet { get; init; }

    /// <summary>Orders that a card of a risk may suggest; a site switches each on with its own code. Null where there are none.</summary>
    public IReadOnlyList<ManifestSuggestion>? Suggestions { get; init; }

    /// <summary>Page size asked for in generated prefetch searches; 0 or absent means 1000.</summary>
    public int PrefetchCount { get => field == 0 ? 1000 : field; init; }

    /// <summary>Variables whose trend the result page plots.</summary>
    public IReadOnlyList<string> TrendVariables { get => field ?? []; init; }
}

/// <param name="Id">Name within the package; the site's configuration refers to it.</param>
/// <param name="Label">What the clinician is offered, at most 80 characters.</param>
/// <param name="Description">What accepting it does, at most 300 characters.</param>
public sealed record ManifestSuggestion(string Id, string Label, string Description);
