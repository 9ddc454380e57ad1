using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MedAI.Fhir.Tests.Requests;

/// <summary>A HEAD is its GET without the body, on the real server.</summary>
public sealed class HeadRequestTests(DemoServer demo) : IClassFixture<DemoServer>
{
    private MedAIServer Server => demo.Server;

    [Theory, Trait("promise", "M-598")]
    [InlineData("/fhir/metadata")]
    [InlineData("/fhir/Patient/demo-child")]
    [InlineData("/fhir/Patient/demo-child/_history/1")]
    [InlineData("/fhir/Observation?patient=demo-child&_count=2")]
    [InlineData("/fhir/Patient/nobody")]
    [InlineData("/fhir/StructureDefinition/medai-risk-assessment")]
    [InlineData("/cds-services")]
    [InlineData("/health/ready")]
    [InlineData("/nothing/here")]
    public async Task Head_says_what_get_says_and_sends_nothing(string path)
    {
        using var get = await Server.Client.GetAsync(path, TestContext.Current.CancellationToken);
        using var head = await Server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), TestContext.Current.CancellationToken);
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(Told(get), Told(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact, Trait("promise", "M-598")]
    public async Task Nothing_of_a_body_is_on_the_wire_and_the_connection_serves_on()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(Server.Origin).Port, TestContext.Current.CancellationToken);
        await socket.GetStream().WriteAsync("HEAD /fhir/Patient/demo-child HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nHEAD /fhir/Patient/nobody HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream(), Encoding.ASCII);
        string[] answers = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split("\r\n\r\n");
        Assert.Equal(3, answers.Length);
        Assert.StartsWith("HTTP/1.1 200 ", answers[0], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", answers[1], StringComparison.Ordinal);
        Assert.Empty(answers[2]);
    }

    [Fact, Trait("promise", "M-598")]
    public async Task Looking_at_the_head_of_a_patient_is_an_access_like_another()
    {
        var answer = await Answer.ReadAsync(await Server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/fhir/Patient/demo-child"), TestContext.Current.CancellationToken));
        var row = Assert.Single(await Server.AuditAsync(answer));
        Assert.Equal(("read:Patient", "demo-child"), (row.Trigger, row.Patient!.Id));
    }

    [Fact, Trait("promise", "M-598")]
    public async Task What_has_no_get_has_no_head()
    {
        using var head = await Server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/fhir/$assess-risk"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, head.StatusCode);
    }

    /// <remarks>How a body is framed is not said where there is none.</remarks>
    private static List<string> Told(HttpResponseMessage response) =>
        [.. response.Headers.Concat(response.Content.Headers).Where(h => h.Key.ToUpperInvariant() is not ("DATE" or "X-REQUEST-ID" or "TRANSFER-ENCODING")).Select(h => $"{h.Key}: {string.Join(", ", h.Value)}").Order(StringComparer.Ordinal)];
}
