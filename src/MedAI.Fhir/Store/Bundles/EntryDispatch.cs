using System.Runtime.InteropServices;
using System.Text.Json;
using MedAI.Fhir.Access.Smart;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Conformance.Answers;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store.Writes;
using Microsoft.AspNetCore.Http.Features;

namespace MedAI.Fhir.Store.Bundles;

/// <summary>Sends an entry of a Bundle the way that it would take if it came alone: routing, log line, access, limits, audit, handler. There is no second implementation of anything.</summary>
public sealed class EntryDispatch
{
    private RequestDelegate? _whole;

    /// <summary>Takes its place in the pipeline; what follows is what entries go through.</summary>
    public RequestDelegate Remember(RequestDelegate next) => _whole = next;

    /// <summary>Answers one entry.</summary>
    /// <param name="http">The request that brought the Bundle; its caller is the entry's.</param>
    /// <param name="pending">Where a write is decided and not yet done; null to do it.</param>
    internal async ValueTask<EntryAnswer> AskAsync(BundleEntry entry, HttpContext http, PendingWrites? pending)
    {
        var whole = _whole ?? throw new InvalidOperationException("The pipeline is not built.");
        using var body = new MemoryStream();
        var inner = new DefaultHttpContext(FeaturesOf(entry, http, body, pending)) { RequestServices = http.RequestServices };
        await whole(inner);
        await inner.Response.Body.FlushAsync(http.RequestAborted);
        http.RequestAborted.ThrowIfCancellationRequested();
        var headers = inner.Response.Headers;
        return new EntryAnswer(inner.Response.StatusCode, body.ToArray())
        {
            ETag = headers.ETag.FirstOrDefault(),
            Location = headers.Location.FirstOrDefault(),
            LastModified = inner.Response.GetTypedHeaders().LastModified,
            IsAudited = inner.Features.Get<RequestFacts>()?.IsAudited == true,
        };
    }

    private static FeatureCollection FeaturesOf(BundleEntry entry, HttpContext http, Stream answer, PendingWrites? pending)
    {
        byte[] sent = entry.Resource.ValueKind == JsonValueKind.Object ? JsonMarshal.GetRawUtf8Value(entry.Resource).ToArray() : [];
        var request = new HttpRequestFeature
        {
            Method = entry.Method,
            Path = $"{PublicAddress.FhirPath}/{entry.Path}",
            QueryString = entry.Query,
            Protocol = HttpProtocol.Http2,
            Scheme = http.Request.Scheme,
            Body = new MemoryStream(sent, writable: false),
        };
        // Of the sender's headers, what is said of all entries; not the token, which was good for the Bundle, and no wish to be answered later.
        request.Headers[RequestFacts.Header] = RequestFacts.Of(http).Id;
        request.Headers.Accept = ContentNegotiation.FhirJson;
        request.Headers.ContentLength = sent.Length;
        if (sent.Length > 0)
            request.Headers.ContentType = ContentNegotiation.FhirJson;
        if (PreferenceOf(http.Request) is { Length: > 0 } preference)
            request.Headers["Prefer"] = preference;
        foreach (var (name, value) in entry.Conditions)
            request.Headers[name] = value;

        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        features.Set(http.Features.Get<IHttpConnectionFeature>());
        features.Set(http.Features.Get<IHttpRequestLifetimeFeature>());
        features.Set(new KnownCaller(RequestFacts.Of(http)));
        if (pending is not null)
            features.Set(pending);
        return features;
    }

    private static string PreferenceOf(HttpRequest request)
    {
        string? wanted = ReturnPreferences.Of(request) switch
        {
            ReturnPreference.Minimal => "return=minimal",
            ReturnPreference.Representation => "return=representation",
            ReturnPreference.OperationOutcome => "return=OperationOutcome",
            _ => null,
        };
        return string.Join(", ", new[] { wanted, HandlingPreference.IsLenient(request) ? "handling=lenient" : null }.OfType<string>());
    }
}

/// <summary>How an entry was answered.</summary>
/// <param name="Json">UTF-8 JSON of a resource; empty where there is none.</param>
internal sealed record EntryAnswer(int Status, ReadOnlyMemory<byte> Json)
{
    public string? ETag { get; init; }

    public string? Location { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Whether the entry's request wrote a row of the audit trail.</summary>
    public bool IsAudited { get; init; }

    public bool IsFailure => Status >= StatusCodes.Status400BadRequest;
}
