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

    private string Find()
    {
        string? origin = options.Value.PublicOrigin ?? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return (origin ?? throw new InvalidOperationException("The server has not started listening.")).TrimEnd('/');
    }
}
