using System.Net;
using MedAI.Fhir.Access.Clients;
using MedAI.Fhir.Access.Smart;

namespace MedAI.Fhir.Access;

/// <summary>Keeps a server that cannot tell who calls, or that would speak in the clear, on this machine.</summary>
/// <remarks>
/// Addresses that other machines reach need configured clients or token issuers, and TLS: either our own (an https URL with a certificate in Kestrel's configuration) or that of a proxy that
/// the operator declares.
/// </remarks>
public static class Exposure
{
    /// <summary>Refuses configurations that would expose patients' data.</summary>
    /// <exception cref="InvalidOperationException">An address is reachable from other machines, and what that takes is missing; the message says what.</exception>
    public static void Require(IConfiguration configuration)
    {
        bool proxied = configuration.GetValue<bool>($"{ServerOptions.Section}:{nameof(ServerOptions.TlsTerminatedByProxy)}");
        string? publicOrigin = configuration[$"{ServerOptions.Section}:{nameof(ServerOptions.PublicOrigin)}"];
        if (proxied && publicOrigin?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) != true)
            throw new InvalidOperationException("MedAI refuses MedAI:TlsTerminatedByProxy without an https MedAI:PublicOrigin: tokens and links are made for the address that clients call.");
        var urls = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>());
        foreach (string url in urls.Where(url => !IsLoopback(url)))
        {
            const string Allowed = "Without it only loopback addresses (127.0.0.1, [::1], localhost) are allowed.";
            if (!configuration.GetSection($"{ClientsOptions.Section}:{nameof(ClientsOptions.Trusted)}").GetChildren().Any()
                && !configuration.GetSection($"{SmartAccessOptions.Section}:{nameof(SmartAccessOptions.Issuers)}").GetChildren().Any())
                throw new InvalidOperationException($"MedAI refuses to listen on {url}: no clients are configured (Clients:Trusted, Smart:Issuers), so anybody could ask about patients. {Allowed}");
            if (configuration.GetValue<bool>($"{ServerOptions.Section}:{nameof(ServerOptions.Demo)}"))
                throw new InvalidOperationException($"MedAI refuses to listen on {url} in demo mode: the demo is for this machine. Use a loopback address (127.0.0.1, [::1], localhost).");
            if (!url.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && !proxied)
            {
                throw new InvalidOperationException(
                    $"MedAI refuses to listen on {url}: it has no TLS. Use https with a certificate (Kestrel:Certificates:Default), or declare the proxy that has one (MedAI:TlsTerminatedByProxy). {Allowed}");
            }
        }
        // Ports alone mean every interface.
        foreach (string key in (ReadOnlySpan<string>)["http_ports", "https_ports"])
        {
            if (!string.IsNullOrEmpty(configuration[key]) && configuration["urls"] is null)
                throw new InvalidOperationException($"MedAI refuses {key}: it would listen on every interface. Use --urls http://127.0.0.1:[port].");
        }
    }

    private static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (string.Equals(uri.Host, "localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
