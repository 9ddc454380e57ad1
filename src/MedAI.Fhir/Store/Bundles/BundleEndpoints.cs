using System.Text.Json;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Limits;
using MedAI.Fhir.Operations.Jobs;
using MedAI.Fhir.Requests;
using Microsoft.Extensions.Options;
using FhirJson = MedAI.Fhir.Reading.FhirJson;

namespace MedAI.Fhir.Store.Bundles;

/// <summary><c>POST [base]</c>: a Bundle of requests. A batch answers each by itself, in order; a transaction does all or nothing.</summary>
/// <remarks>Any token opens the door; what each entry asks is checked as if it had come alone.</remarks>
public static class BundleEndpoints
{
    /// <summary>Answers of one Bundle, in bytes: they are in memory while they are written. What comes after in a batch is not asked any more; a transaction is refused.</summary>
    internal const long MostAnswerBytes = 64L * 1024 * 1024;

    public static void MapBundles(this RouteGroupBuilder fhir) => fhir.MapPost("/", AnswerAsync).WithMetadata(RoutePolicy.AnyToken);

    /// <summary>What Bundles are answered with.</summary>
    public sealed record Services(EntryDispatch Dispatch, BundleTransaction Transaction, FhirBodyReader Bodies, PublicAddress Address, IOptions<LimitsOptions> Limits);

    private static async Task<IResult> AnswerAsync(HttpContext http, Services services, CancellationToken cancellationToken)
    {
        if (ContentNegotiation.Choose(http.Request).Format == ResponseFormat.NotAcceptable)
            return http.Fail(new Failure(FailureCode.NotAcceptable));
        if (http.Request.Query.Keys.Any(name => !AnswerShape.Parameters.Contains(name)))
            return http.Fail(new Failure(FailureCode.InvalidParameter, "A Bundle of requests has no parameters but those that shape its answer.", "http.query"));
        if (RespondAsync.IsPreferred(http.Request))
            return http.Fail(new Failure(FailureCode.NotInBundle, "A Bundle and its entries are answered at once; an operation that is to be answered later is asked by itself."));
        var (body, unreadable) = await services.Bodies.ReadAsync(http.Request, cancellationToken);
        if (body is null)
            return http.Fail(unreadable!);
        using (body)
        {
            var (type, entries, malformed) = Read(body.Root, services.Limits.Value.MaxBundleEntries);
            if (malformed is not null)
                return http.Fail(malformed);
            return type == "batch" ? await BatchAsync(entries, http, services, cancellationToken) : await services.Transaction.AnswerAsync(entries, http, cancellationToken);
        }
    }

    private static (string Type, IReadOnlyList<JsonElement> Entries, Failure? Failure) Read(JsonElement bundle, int most)
    {
        if (bundle.ValueKind != JsonValueKind.Object || !FhirJson.Is(FhirJson.Member(bundle, "resourceType"u8), "Bundle"u8))
            return ("", [], new Failure(FailureCode.MalformedRequest, "A Bundle is expected.", "resourceType"));
        string? type = FhirJson.String(FhirJson.Member(bundle, "type"u8));
        if (type is not ("batch" or "transaction"))
            return ("", [], new Failure(FailureCode.MalformedRequest, "The type of the Bundle must be batch or transaction.", "Bundle.type"));
        var list = FhirJson.Member(bundle, "entry"u8);
        if (list.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Array))
            return ("", [], new Failure(FailureCode.MalformedRequest, "Entries are an array.", "Bundle.entry"));
        JsonElement[] entries = [.. FhirJson.Items(list)];
        return entries.Length > most ? ("", [], new Failure(FailureCode.TooManyResources, $"A Bundle has at most {most} entries here.", "Bundle.entry")) : (type, entries, null);
    }

    private static async Task<IResult> BatchAsync(IReadOnlyList<JsonElement> entries, HttpContext http, Services services, CancellationToken cancellationToken)
    {
        var answers = new List<EntryAnswer>(entries.Count);
        long bytes = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (entry, failure) = BundleEntry.Read(entries[i], i, services.Address.FhirBase);
            if (bytes > MostAnswerBytes)
                failure = new Failure(FailureCode.TooManyResources, "The answers before are as much as one batch gives; this entry was not asked.", BundleEntry.PlaceOf(i));
            var answer = failure is null ? await services.Dispatch.AskAsync(entry!, http, pending: null) : Refusal(failure, http);
            bytes += answer.Json.Length;
            answers.Add(answer);
        }
        http.Response.Headers.CacheControl = "no-store";
        return http.Fhir(ResponseBundle.Write("batch-response", answers));
    }

    private static EntryAnswer Refusal(Failure failure, HttpContext http)
    {
        var answer = ErrorMap.Answer(failure, RequestFacts.Of(http).Id);
        return new EntryAnswer(answer.Status, answer.Outcome);
    }
}
