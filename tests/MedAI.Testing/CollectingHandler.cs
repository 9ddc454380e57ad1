namespace MedAI.Testing;

/// <summary>Keeps every FHIR answer that passes through a client; see <see cref="CollectedResources"/>.</summary>
public sealed class CollectingHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (CollectedResources.IsOn && response.Content.Headers.ContentType?.MediaType is { } type && type.EndsWith("json", StringComparison.OrdinalIgnoreCase))
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            CollectedResources.Add(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        return response;
    }
}
