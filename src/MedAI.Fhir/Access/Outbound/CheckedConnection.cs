using System.Net;
using System.Net.Sockets;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Connects to an address that was checked, not to a name that may mean another address the second time it is asked.</summary>
internal static class CheckedConnection
{
    /// <summary>Resolves, refuses the name when any of its addresses is refused, and connects to one of those that were looked at.</summary>
    /// <exception cref="ForbiddenAddressException">An address may not be contacted.</exception>
    public static async ValueTask<Stream> OpenAsync(HostResolver resolver, DnsEndPoint endPoint, bool isInternal, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = IPAddress.TryParse(endPoint.Host.Trim('[', ']'), out var literal)
            ? [literal]
            : await resolver.ResolveAsync(endPoint.Host, cancellationToken);
        foreach (var address in addresses)
        {
            if (isInternal ? !NetworkAddress.IsReachable(address) : !NetworkAddress.IsPublic(address))
                throw new ForbiddenAddressException();
        }
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
#pragma warning disable RS0030 // The one place that opens connections.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
#pragma warning restore RS0030
    }
}

/// <summary>A name of a trusted origin means an address that it may not mean.</summary>
internal sealed class ForbiddenAddressException() : IOException("The address is not allowed.");
