namespace MedAI.Fhir.Conformance;

/// <summary>The names that this software coined: code systems, extensions, search parameters and identifier systems. They are the same at every installation.</summary>
/// <remarks>
/// Operations are not here: each server publishes its own definitions under its public base, where they can be fetched. Those that they are based on, and all else, lie in <c>profiles/</c>.
/// The host is of the reserved example domain (RFC 2606), so that nobody else can ever own these names.
/// </remarks>
public static class CanonicalUrls
{
    /// <summary>Prefix of every name below.</summary>
    public const string Base = "https://medai.example.org/fhir";

    /// <summary>Identifier system of a result: the value is the idempotency key.</summary>
    public const string ResultIdentifier = Base + "/sid/result";

    /// <summary>Identifier system of a model: the value is model id, version and hash.</summary>
    public const string ModelIdentifier = Base + "/sid/model";

    /// <summary>Codes of <see cref="FailureCode"/>.</summary>
    public const string FailureCodes = Base + "/CodeSystem/failure";

    /// <summary>Codes of the reasons for an abstention.</summary>
    public const string AbstentionReasons = Base + "/CodeSystem/abstention-reason";

    /// <summary>Device.version types: software, model, model-sha256.</summary>
    public const string DeviceVersionTypes = Base + "/CodeSystem/device-version-type";

    /// <summary>Extension on a Reference to a resource without a version: valueString is the lower-case hex SHA-256 of its JSON as received.</summary>
    public const string ContentSha256 = Base + "/StructureDefinition/content-sha256";

    /// <summary>Kinds of report that this software writes; "ai-imaging" is a machine's reading of an imaging study.</summary>
    public const string Reports = Base + "/CodeSystem/report";

    /// <summary>What an estimate says: [model id] for a model's main outcome, [model id].[finding id] for a further finding; and "disorder", the component that names it.</summary>
    public const string Estimates = Base + "/CodeSystem/ai-estimate";

    /// <summary>Extension on a Reference to a DICOM image: valueString is the lower-case hex SHA-256 of its frame as fetched.</summary>
    public const string FrameSha256 = Base + "/StructureDefinition/frame-sha256";

    /// <summary>Search parameter of DiagnosticReport: the study that was read.</summary>
    public const string ImagingStudyParameter = Base + "/SearchParameter/diagnosticreport-imaging-study";

    /// <summary>Extension on an OperationOutcome in a file of many: valueReference is the member of the Group that it is about.</summary>
    public const string Subject = Base + "/StructureDefinition/outcome-subject";

    /// <summary>Extension on an OperationOutcome: valueReference is the Device of the model that it speaks for.</summary>
    public const string Model = Base + "/StructureDefinition/model";

    /// <summary>Extension on an OperationOutcome: valueString is the id under which the request stands in logs and audit.</summary>
    public const string CorrelationId = Base + "/StructureDefinition/correlation-id";
}
