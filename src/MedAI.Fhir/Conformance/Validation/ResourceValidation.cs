using System.Runtime.InteropServices;
using System.Text.Json;
using Firely.Fhir.Validation;
using Firely.Fhir.Validation.Compilation;
using Hl7.Fhir.Model;
using Hl7.Fhir.Serialization;
using Hl7.Fhir.Specification.Source;
using Hl7.Fhir.Specification.Terminology;
using Hl7.Fhir.Utility;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using Microsoft.Extensions.Options;
using Task = System.Threading.Tasks.Task;

// Firely's schema is open to others and may change with its minor versions; tests say then what did.
#pragma warning disable ExperimentalApi

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>Judges a resource against R4 and profiles: structure, cardinalities, invariants, terminology.</summary>
/// <remarks>
/// Definitions are those of R4 4.0.1, which come with the program, and of the folder <c>profiles</c>; nothing is fetched. They are loaded at the first use (about 5 s and 150 MB), so
/// that a server that validates nothing pays nothing. One resource at a time: a validation costs a core for up to seconds, and hooks come first. What a resource says of rules, a
/// StructureDefinition in it or around it, is data: the rules are those of our definitions, and each of them takes bounded time. Thread safe.
/// </remarks>
public sealed class ResourceValidation(IOptions<StoreOptions> store, IOptions<ServerOptions> options, TimeProvider time) : IDisposable
{
    /// <summary>Largest resource, in bytes of JSON: the time grows with it.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Values of one resource, each of which becomes an object that dozens of rules are about.</summary>
    public const int MostValues = 50_000;

    /// <summary>Issues of one answer.</summary>
    private const int MostIssues = 100;

    /// <summary>Firely's code for a profile that cannot be resolved.</summary>
    private const string UnknownProfile = "4000";

    private static readonly BaseFhirJsonDeserializer Strict = new(ModelInfo.ModelInspector, new DeserializerSettings().UsingMode(DeserializationMode.Strict));

    private readonly SemaphoreSlim _one = new(1);
    private readonly Lazy<Task<Judge>> _judge = new(() => Task.Run(() => Load(store.Value.DataFolder, time)));

    /// <param name="profile">Canonical URL of a profile to hold it to besides those that it claims; null for none.</param>
    /// <returns>UTF-8 JSON of an OperationOutcome, or why nothing was judged.</returns>
    public async ValueTask<(byte[]? Outcome, Failure? Failure)> JudgeAsync(JsonElement resource, string? profile, IReadOnlyList<OperationOutcome.IssueComponent> before, CancellationToken cancellationToken)
    {
        if (ValueCount.Exceeds(resource, MostValues))
            return (null, new Failure(FailureCode.TooManyResources, $"A resource of at most {MostValues} values is validated."));
        // Copied, because the work below may outlive the request that owns the element.
        byte[] json = JsonMarshal.GetRawUtf8Value(resource).ToArray();
        if (json.Length > MaxBytes)
            return (null, new Failure(FailureCode.BodyTooLarge, $"A resource of at most {MaxBytes} bytes is validated."));
        var patience = TimeSpan.FromMilliseconds(options.Value.DeadlineMilliseconds);
        try
        {
            // Loading goes on when the first caller has given up.
            await _judge.Value.WaitAsync(patience, time, cancellationToken);
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
        var judge = await _judge.Value;
        if (profile is not null && await judge.Definitions.FindStructureDefinitionAsync(profile) is null)
            return (null, new Failure(FailureCode.InvalidParameter, "This server does not know that profile.", "Parameters.parameter.where(name='profile')"));
        var issues = new List<OperationOutcome.IssueComponent>(before);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        Strict.TryDeserializeResource(ref reader, out var resource, out var faults);
        issues.AddRange(faults.Select(Issue));
        if (resource is not null)
        {
            judge.Bounds.Begin();
            try
            {
                var told = issues.Select(Key).ToHashSet();
                issues.AddRange(judge.Validator.Validate(resource, profile).Issue.Select(Known).Where(i => told.Add(Key(i))));
            }
            catch (TimeoutException)
            {
                return (null, new Failure(FailureCode.TooManyResources, $"The resource takes longer to judge than {JudgementBounds.Seconds} s."));
            }
            catch (InsufficientExecutionStackException)
            {
                return (null, new Failure(FailureCode.TooManyResources, "The resource holds a chain of references that is too long to be followed."));
            }
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

    private static (string? Text, string Where) Key(OperationOutcome.IssueComponent issue) => (issue.Details?.Text, string.Join('\n', issue.Expression));

    private static Judge Load(string dataFolder, TimeProvider time)
    {
        // Unpacked into our own closed folder: one that everybody may write to would let another user put definitions under us.
        var core = new ZipSource(Path.Combine(AppContext.BaseDirectory, "specification.zip"), Path.Combine(Path.GetFullPath(dataFolder), "definitions"));
        var bounds = new JudgementBounds(time);
        var all = new CachedResolver(new UntimedDefinitions(new MultiResolver(ProfileFolder.Load(), core), bounds));
        var settings = new ValidationSettings();
        // Asked before each rule of each element.
        settings.ExcludeFilters.Add(bounds.Excludes);
        var rules = new UntimedRules(StructureDefinitionToElementSchemaResolver.CreatedCached(all, [new TimedRules(all, new TimedFhirPath(time))]), bounds);
        return new Judge(new Validator(all, new LocalTerminologyService(all), null, settings, rules), all, bounds);
    }

    private sealed record Judge(Validator Validator, CachedResolver Definitions, JudgementBounds Bounds);

    /// <summary>Definitions that are loaded when they are first needed.</summary>
#pragma warning disable CS0618 // The interface demands what it calls obsolete.
    private sealed class UntimedDefinitions(IAsyncResourceResolver definitions, JudgementBounds bounds) : IAsyncResourceResolver
    {
        public Task<Resource?> ResolveByUriAsync(string uri) => bounds.Apart(() => definitions.ResolveByUriAsync(uri));

        public Task<Resource?> ResolveByCanonicalUriAsync(string uri) => bounds.Apart(() => definitions.ResolveByCanonicalUriAsync(uri));
    }
#pragma warning restore CS0618

    /// <summary>Rules that are made of definitions when they are first needed.</summary>
    private sealed class UntimedRules(IElementSchemaResolver rules, JudgementBounds bounds) : IElementSchemaResolver
    {
        public ElementSchema? GetSchema(Firely.Fhir.Validation.Canonical schemaUri) => bounds.Apart(() => rules.GetSchema(schemaUri));
    }
}
