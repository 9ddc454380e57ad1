using System.Net;

namespace MedAI.Fhir.Access;

/// <summary>Keeps a server that knows no clients yet on this machine.</summary>
public static class Loopback
{
    /// <summary>Refuses configurations that would listen on another address than loopback.</summary>
    /// <exception cref="InvalidOperationException">An address is reachable from other machines.</exception>
    public static void RequireFor(IConfiguration configuration)
    {
        var urls = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"]).OfType<string>());
        foreach (string url in urls)
        {
            if (!IsLoopback(url))
            {
                throw new InvalidOperationException(
                    $"MedAI refuses to listen on {url}: client authentication is not built yet, so only loopback addresses (127.0.0.1, [::1], localhost) are allowed.");
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
