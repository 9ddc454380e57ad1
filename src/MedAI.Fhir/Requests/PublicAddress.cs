using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Requests;

/// <summary>Where clients reach this server: the configured origin, else the first address that it listens on. Never the Host header.</summary>
public sealed class PublicAddress(IOptions<ServerOptions> options, IServer server)
{
    public const string FhirPath = "/fhir";

    /// <summary>Origin without a trailing slash.</summary>
    public string Origin => field ??= Find();

    /// <summary>FHIR base URL without a trailing slash.</summary>
    public string FhirBase => field ??= Origin + FhirPath;

    /// <summary>The first address that the server listens on, without a trailing slash: where it reaches itself.</summary>
    public string Listening => field ??= (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        ?? throw new InvalidOperationException("The server has not started listening.")).TrimEnd('/');

    private string Find() => options.Value.PublicOrigin?.TrimEnd('/') ?? Listening;
}
