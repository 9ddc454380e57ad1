using System.Net;
using System.Net.Sockets;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>Tells addresses of the open internet from those that lead into a hospital's own network or into the machine.</summary>
/// <remarks>Source: the special-purpose address registries of IANA. An IPv4 address wrapped in IPv6 (mapped, compatible, NAT64, 6to4) is judged by what is inside.</remarks>
public static class NetworkAddress
{
    /// <summary>Cloud metadata services that do not lie in a link-local network.</summary>
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("100.100.100.200"), IPAddress.Parse("fd00:ec2::254")];

    private static readonly IPNetwork[] Never =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("240.0.0.0/4"),
        IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"), IPNetwork.Parse("2001::/32"),
    ];

    private static readonly IPNetwork[] NotPublic =
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.0.0.0/24"),
        IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("192.88.99.0/24"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("198.18.0.0/15"),
        IPNetwork.Parse("198.51.100.0/24"), IPNetwork.Parse("203.0.113.0/24"),
        IPNetwork.Parse("100::/64"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("3fff::/20"), IPNetwork.Parse("5f00::/16"), IPNetwork.Parse("fc00::/7"), IPNetwork.Parse("fec0::/10"),
    ];

    /// <summary>True for an address that anybody on the internet could be meant by.</summary>
    public static bool IsPublic(IPAddress address)
    {
        address = Unwrap(address);
        return IsReachable(address) && !IPAddress.IsLoopback(address) && !In(address, NotPublic);
    }

    /// <summary>True for an address that an origin marked as internal may have: not unspecified, link-local, multicast, reserved or a metadata service.</summary>
    public static bool IsReachable(IPAddress address)
    {
        address = Unwrap(address);
        return !address.Equals(IPAddress.IPv6Any) && !In(address, Never) && Array.IndexOf(Metadata, address) < 0;
    }

    private static bool In(IPAddress address, IPNetwork[] networks)
    {
        foreach (var network in networks)
        {
            if (network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address))
                return true;
        }
        return false;
    }

    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bool mapped = bytes[..10].IndexOfAnyExcept((byte)0) < 0 && bytes[10] == 0xFF && bytes[11] == 0xFF;
        bool compatible = bytes[..12].IndexOfAnyExcept((byte)0) < 0 && bytes[12..].IndexOfAnyExcept((byte)0) is >= 0 and < 3;
        bool nat64 = bytes.StartsWith((ReadOnlySpan<byte>)[0x00, 0x64, 0xFF, 0x9B]);
        if (mapped || compatible || nat64)
            return new IPAddress(bytes[12..]);
        // 6to4 holds the IPv4 address behind its prefix.
        return bytes[0] == 0x20 && bytes[1] == 0x02 ? new IPAddress(bytes[2..6]) : new IPAddress(bytes);
    }
}
