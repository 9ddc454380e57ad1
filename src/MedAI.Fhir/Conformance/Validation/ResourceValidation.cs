using System.Runtime.InteropServices;
using System.Text.Json;
using Firely.Fhir.Validation;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Specification.Source;
using Hl7.Fhir.Specification.Terminology;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using Microsoft.Extensions.Options;
using Task = System.Threading.Tasks.Task;

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>Judges a resource against R4 and profiles: structure, cardinalities, invariants, terminology.</summary>
/// <remarks>
/// Definitions are those of R4 4.0.1, which come with the program, and of the folder <c>profiles</c>; nothing is fetched. They are loaded at the first use (about 5 s and 150 MB), so
/// that a server that validates nothing pays nothing. One resource at a time: a validation costs a core for up to seconds, and hooks come first. Thread safe.
/// </remarks>
public sealed class ResourceValidation(IOptions<StoreOptions> store, IOptions<ServerOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Largest resource, in bytes of JSON: the time grows with it.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Issues of one answer.</summary>
    private const int MostIssues = 100;

    /// <summary>Firely's code for a profile that cannot be resolved.</summary>
    private const string UnknownProfile = "4000";

    private static readonly BaseFhirJsonDeserializer Strict = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Strict));

    private readonly SemaphoreSlim _one = new(1);
    private readonly Lazy<Task<(Validator Validator, CachedResolver Definitions)>> _validator = new(() => Task.Run(() => Load(store.Value.DataFolder)));

    /// <param name="profile">Canonical URL of a profile to hold it to besides those that it claims; null for none.</param>
    /// <returns>UTF-8 JSON of an OperationOutcome, or why nothing was judged.</returns>
    public async ValueTask<(byte[]? Outcome, Failure? Failure)> JudgeAsync(JsonElement resource, string? profile, IReadOnlyList<OperationOutcome.IssueComponent> before, CancellationToken cancellationToken)
    {
        // Copied, because the work below may outlive the request that owns the element.
        byte[] json = JsonMarshal.GetRawUtf8Value(resource).ToArray();
        if (json.Length > MaxBytes)
            return (null, new Failure(FailureCode.BodyTooLarge, $"A resource of at most {MaxBytes} bytes is validated."));
        var patience = TimeSpan.FromMilliseconds(options.Value.DeadlineMilliseconds);
        try
        {
            // Loading goes on when the first caller has given up.
            await _validator.Value.WaitAsync(patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return (null, new Failure(FailureCode.ValidatorBusy, "The definitions are being loaded."));
        }
        if (!await _one.WaitAsync(patience, cancellationToken))
            return (null, new Failure(FailureCode.ValidatorBusy));
        try
        {
            return await Task.Run(() => JudgeAsync(json, profile, before), cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<(byte[]? Outcome, Failure? Failure)> JudgeAsync(byte[] json, string? profile, IReadOnlyList<OperationOutcome.IssueComponent> before)
    {
        var (validator, definitions) = await _validator.Value;
        if (profile is not null && await definitions.FindStructureDefinitionAsync(profile) is null)
            return (null, new Failure(FailureCode.InvalidParameter, "This server does not know that profile.", "Parameters.parameter.where(name='profile')"));
        var issues = new List<OperationOutcome.IssueComponent>(before);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.StrictJson.MaxDepth });
        Strict.TryDeserializeResource(ref reader, out var resource, out var faults);
        issues.AddRange(faults.Select(Issue));
        if (resource is not null)
        {
            issues.AddRange(validator.Validate(resource, profile).Issue.Select(Known).Where(i => !issues.Exists(other => IsSame(i, other))));
            issues.AddRange(ReferenceTargets.Check(resource));
        }
        if (issues.Count == 0)
            issues.Add(new OperationOutcome.IssueComponent { Severity = OperationOutcome.IssueSeverity.Information, Code = OperationOutcome.IssueType.Informational, Details = new CodeableConcept { Text = "No fault was found." } });
        return (FhirJson.ToUtf8(new OperationOutcome { Issue = [.. issues.OrderBy(i => i.Severity).Take(MostIssues)] }), null);
    }

    /// <summary>A fault of the parser: something that is not FHIR JSON.</summary>
    private static OperationOutcome.IssueComponent Issue(CodedException fault) => new()
    {
        Severity = OperationOutcome.IssueSeverity.Error,
        Code = OperationOutcome.IssueType.Structure,
        Details = new CodeableConcept { Text = (fault as ExtendedCodedException)?.BaseErrorMessage ?? fault.Message },
        Expression = fault is ExtendedCodedException { InstancePath: { Length: > 0 } path } ? [path] : [],
    };

    /// <summary>A profile that a resource claims and nobody here has: that is said, and is no fault of the resource.</summary>
    private static OperationOutcome.IssueComponent Known(OperationOutcome.IssueComponent issue)
    {
        if (issue.Details?.Coding.Exists(c => c.Code == UnknownProfile) == true)
            (issue.Severity, issue.Code) = (OperationOutcome.IssueSeverity.Warning, OperationOutcome.IssueType.NotSupported);
        return issue;
    }

    private static bool IsSame(OperationOutcome.IssueComponent one, OperationOutcome.IssueComponent other) =>
        one.Details?.Text == other.Details?.Text && one.Expression.SequenceEqual(other.Expression);

    private static (Validator, CachedResolver) Load(string dataFolder)
    {
        // Unpacked into our own closed folder: one that everybody may write to would let another user put definitions under us.
        var core = new ZipSource(Path.Combine(AppContext.BaseDirectory, "specification.zip"), Path.Combine(Path.GetFullPath(dataFolder), "definitions"));
        var all = new CachedResolver(new MultiResolver(ProfileFolder.Load(), core));
        return (new Validator(all, new LocalTerminologyService(all)), all);
    }
}
