using System.Net;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Asks the operating system for the addresses of a name; replaced in tests.</summary>
public class HostResolver
{
    /// <exception cref="System.Net.Sockets.SocketException">The name has no address or nobody answers.</exception>
    public virtual Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken);
}
