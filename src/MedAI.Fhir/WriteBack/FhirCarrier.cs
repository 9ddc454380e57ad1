using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MedAI.Fhir.Access.Outbound;
using MedAI.Fhir.Reading;
using MedAI.Fhir.Sources;
using MedAI.Fhir.Sources.Upstream;
using MedAI.Fhir.Store;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.WriteBack;

/// <summary>Writes results to a FHIR server in the best form that its CapabilityStatement allows: a transaction, else single creates, else a document.</summary>
/// <remarks>
/// It first asks whether the result stands there already, by its identifier: a try whose answer was lost is not written twice. A form that the server rejects gives way to the
/// next one; whatever may pass is tried again later.
/// </remarks>
public sealed partial class FhirCarrier(OutboundGuard guard, BackendTokens tokens, DeliveredForm form, IOptions<UpstreamOptions> upstream, IOptions<WriteBackOptions> options,
    TimeProvider time) : IResultCarrier
{
    private const string Result = "RiskAssessment";
    private const string Origin = "Provenance";
    private const string Document = "DocumentReference";

    private const int LargestAnswer = 4 * 1024 * 1024;

    private static readonly TimeSpan StatementLife = TimeSpan.FromMinutes(10);

    private (UpstreamAbilities Abilities, DateTimeOffset GoodUntil)? _known;

    public WriteBackMode Mode => WriteBackMode.Fhir;

    public async Task<DeliveryEnd> BringAsync(StoredResource result, StoredResource provenance, CancellationToken cancellationToken)
    {
        var call = new Call(time.GetUtcNow().AddMilliseconds(options.Value.DeadlineMilliseconds), cancellationToken);
        var (abilities, unknown) = await AbilitiesAsync(call);
        if (abilities is null)
            return unknown!;
        bool both = abilities.Created.Contains(Result) && abilities.Created.Contains(Origin);
        string? identifier = DeliveredForm.IdentifierOf(result);
        DeliveryEnd? end = null;
        if (both)
        {
            var (there, unclear) = await FindAsync(Result, identifier, call);
            if (unclear is not null)
                return unclear;
            if (there is not null)
                return await CompleteAsync(there, "found", result, provenance, call);
            if (abilities.Transactions)
                end = await TransactionAsync(result, provenance, abilities, identifier, call);
            end ??= await SinglesAsync(result, provenance, abilities, identifier, call);
        }
        if (end is null && abilities.Created.Contains(Document))
            end = await DocumentAsync(result, abilities, identifier, call);
        return end ?? DeliveryEnd.Never(both || abilities.Created.Contains(Document) ? "rejected" : "not-supported");
    }

    /// <returns>Null when the server rejects this form.</returns>
    private async Task<DeliveryEnd?> TransactionAsync(StoredResource result, StoredResource provenance, UpstreamAbilities abilities, string? identifier, Call call)
    {
        string name = "urn:uuid:" + result.Id;
        var request = new JsonObject { ["method"] = "POST", ["url"] = Result };
        if (identifier is not null && abilities.CreatedOnce.Contains(Result))
            request["ifNoneExist"] = identifier;
        var bundle = new JsonObject
        {
            ["resourceType"] = "Bundle",
            ["type"] = "transaction",
            ["entry"] = new JsonArray(
                new JsonObject { ["fullUrl"] = name, ["resource"] = form.Of(result), ["request"] = request },
                new JsonObject
                {
                    ["fullUrl"] = "urn:uuid:" + provenance.Id,
                    ["resource"] = form.Of(provenance, replaced: form.OwnReference(result), by: name),
                    ["request"] = new JsonObject { ["method"] = "POST", ["url"] = Origin },
                }),
        };
        var (answer, failed) = await PostAsync("", bundle, null, call);
        if (answer is null)
            return failed;
        var entries = (answer.Body?["entry"] as JsonArray)?.Select(e => e?["response"]).ToArray() ?? [];
        // A server that took the whole says so of each part.
        return entries.Length == 2 && entries.All(e => ((string?)e?["status"])?.StartsWith('2') == true)
            ? DeliveryEnd.There(PlaceIn((string?)entries[0]!["location"], Result), "transaction")
            : DeliveryEnd.Later("unclear-answer");
    }

    private async Task<DeliveryEnd?> SinglesAsync(StoredResource result, StoredResource provenance, UpstreamAbilities abilities, string? identifier, Call call)
    {
        var (answer, failed) = await PostAsync(Result, form.Of(result), abilities.CreatedOnce.Contains(Result) ? identifier : null, call);
        if (answer is null)
            return failed;
        return PlaceIn(answer.Location, Result) is { } place ? await CompleteAsync(place, "creates", result, provenance, call) : DeliveryEnd.Later("unclear-answer");
    }

    /// <summary>The result stands there; its Provenance is to follow.</summary>
    private async Task<DeliveryEnd> CompleteAsync(string place, string way, StoredResource result, StoredResource provenance, Call call)
    {
        var (there, unclear) = await FindAsync(Origin, "target=" + place, call);
        if (there is not null)
            return DeliveryEnd.There(place, way);
        if (unclear is not null)
            return unclear;
        var (answer, failed) = await PostAsync(Origin, form.Of(provenance, replaced: form.OwnReference(result), by: place), null, call);
        return answer is not null ? DeliveryEnd.There(place, way) : failed ?? DeliveryEnd.Never("rejected");
    }

    private async Task<DeliveryEnd?> DocumentAsync(StoredResource result, UpstreamAbilities abilities, string? identifier, Call call)
    {
        var (there, unclear) = await FindAsync(Document, identifier, call);
        if (there is not null)
            return DeliveryEnd.There(there, "document");
        if (unclear is not null)
            return unclear;
        var (answer, failed) = await PostAsync(Document, form.AsDocument(result), abilities.CreatedOnce.Contains(Document) ? identifier : null, call);
        return answer is null ? failed : DeliveryEnd.There(PlaceIn(answer.Location, Document), "document");
    }

    private async Task<(UpstreamAbilities? Abilities, DeliveryEnd? End)> AbilitiesAsync(Call call)
    {
        if (_known is { } known && known.GoodUntil > time.GetUtcNow())
            return (known.Abilities, null);
        var result = await AskAsync("metadata?_format=json", null, null, call, static (answer, body) => UpstreamAbilities.Read(body) ?? throw new UnreadableAnswerException());
        if (!result.TryGet(out var abilities, out var error))
            return (null, DeliveryEnd.Later("metadata-" + Word(error)));
        _known = (abilities, time.GetUtcNow() + StatementLife);
        return (abilities, null);
    }

    /// <summary>The one that is there already; null where there is none, or where the server does not search.</summary>
    private async Task<(string? Place, DeliveryEnd? Unclear)> FindAsync(string type, string? query, Call call)
    {
        if (query is null)
            return (null, null);
        var result = await AskAsync($"{type}?{query}&_count=1", null, null, call, (_, body) =>
        {
            foreach (var entry in FhirJson.Items(FhirJson.Member(body, "entry"u8)))
            {
                var resource = FhirJson.Member(entry, "resource"u8);
                if (FhirJson.String(FhirJson.Member(resource, "resourceType"u8)) == type && FhirJson.String(FhirJson.Member(resource, "id"u8)) is { } id && FhirId.IsValid(id))
                    return type + "/" + id;
            }
            return "";
        });
        if (result.TryGet(out string? place, out var error))
            return (place.Length == 0 ? null : place, null);
        return error.Kind is OutboundErrorKind.Rejected or OutboundErrorKind.NotFound ? (null, null) : (null, DeliveryEnd.Later("search-" + Word(error)));
    }

    /// <returns>The answer; else why to come back later; else nothing, when the server rejects what was posted.</returns>
    private async Task<(Posted? Answer, DeliveryEnd? Failed)> PostAsync(string path, JsonObject resource, string? ifNoneExist, Call call)
    {
        var result = await AskAsync(path, Encoding.UTF8.GetBytes(resource.ToJsonString()), ifNoneExist, call,
            static (answer, body) => new Posted(answer.Location, body.ValueKind == JsonValueKind.Object ? JsonObject.Create(body.Clone()) : null));
        if (result.TryGet(out var posted, out var error))
            return (posted, null);
        return error.Kind is OutboundErrorKind.Rejected or OutboundErrorKind.NotFound ? (null, null) : (null, DeliveryEnd.Later(Word(error)));
    }

    private async Task<OutboundResult<T>> AskAsync<T>(string path, ReadOnlyMemory<byte>? resource, string? ifNoneExist, Call call, Func<OutboundAnswer, JsonElement, T> read)
    {
        if (!guard.TryTarget(upstream.Value.BaseUrl, OutboundUse.Fhir, out var root))
            return OutboundResult.Failed<T>(OutboundErrorKind.Untrusted);
        string basePath = root.PathAndQuery.TrimEnd('/');
        var target = root.WithPath(path.Length == 0 ? basePath.Length == 0 ? "/" : basePath : $"{basePath}/{path}");
        for (int attempt = 1; ; attempt++)
        {
            EhrAccess? access = null;
            if (tokens.AreUsed)
            {
                (access, var none) = await tokens.GetAsync(call.Deadline, call.Cancellation);
                if (access is null)
                    return OutboundResult.Failed<T>(none == EhrError.Late ? OutboundErrorKind.DeadlinePassed : OutboundErrorKind.Unauthorised);
            }
            var result = await OutboundGuard.AskAsync(target, new OutboundAsk
            {
                Accept = "application/fhir+json",
                MaxBytes = LargestAnswer,
                Deadline = call.Deadline,
                Resource = resource,
                IfNoneExist = ifNoneExist,
                Token = access is null ? null : OutboundGuard.Bind(root, access.Token),
            }, (answer, token) => OutboundJson.ReadAsync(answer, body => read(answer, body), token), call.Cancellation);
            if (attempt > 1 || access is null || result.Error?.Status != 401 || !tokens.Drop(access))
                return result;
        }
    }

    /// <summary>The reference in a location, without base and version.</summary>
    private static string? PlaceIn(string? location, string type)
    {
        var match = location is null ? Match.Empty : Reference().Match(location);
        return match.Success && match.Groups["type"].Value == type ? $"{type}/{match.Groups["id"].Value}" : null;
    }

    private static string Word(OutboundError error) => Conformance.KebabCase.Of(error.Kind);

    [GeneratedRegex(@"(^|/)(?<type>[A-Z][A-Za-z]{1,63})/(?<id>[A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 200)]
    private static partial Regex Reference();

    private sealed record Call(DateTimeOffset Deadline, CancellationToken Cancellation);

    private sealed record Posted(string? Location, JsonObject? Body);
}
