using System.Net;
using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.Tests.Access.Outbound;

public sealed class NetworkAddressTests
{
    [Theory, Trait("promise", "S-23")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("::1")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("100.64.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("192.0.2.1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("2002:0a00:0001::1")]
    public void Address_of_an_internal_network_is_only_for_internal_origins(string text)
    {
        var address = IPAddress.Parse(text);
        Assert.False(NetworkAddress.IsPublic(address));
        Assert.True(NetworkAddress.IsReachable(address));
    }

    [Theory, Trait("promise", "S-23")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("169.254.169.254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("fe80::1")]
    [InlineData("100.100.100.200")]
    [InlineData("fd00:ec2::254")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    [InlineData("255.255.255.255")]
    [InlineData("2001:0:1::1")]
    public void Link_local_metadata_and_multicast_addresses_are_for_nobody(string text)
    {
        var address = IPAddress.Parse(text);
        Assert.False(NetworkAddress.IsPublic(address));
        Assert.False(NetworkAddress.IsReachable(address));
    }

    [Theory, Trait("promise", "S-23")]
    [InlineData("93.184.216.34")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("2606:2800:220:1::1")]
    [InlineData("::ffff:93.184.216.34")]
    public void Address_of_the_internet_is_public(string text) => Assert.True(NetworkAddress.IsPublic(IPAddress.Parse(text)));
}
