using Microsoft.Extensions.Options;

namespace MedAI.Fhir.Tests.Access.Clients;

public sealed class ReservedClientTests
{
    [Theory, Trait("promise", "M-613")]
    [InlineData("anonymous")]
    [InlineData("Unknown")]
    [InlineData("pubsub")]
    [InlineData("configuration")]
    public async Task Client_cannot_be_called_what_the_trail_calls_nobodys_client(string name)
    {
        var stopped = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => MedAIServer.StartAsync(
            "--Clients:Trusted:0:Name", name, "--Clients:Trusted:0:Issuer", FakeEhr.Issuer, "--Clients:Trusted:0:JwksFile", "none.json"));

        Assert.Contains($"Clients:Trusted:0:Name is \"{name}\"", stopped.Message, StringComparison.Ordinal);
    }
}
