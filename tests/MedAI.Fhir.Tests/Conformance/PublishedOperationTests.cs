using System.Text.Json;
using System.Text.Json.Nodes;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Writing;
using MedAI.Testing;
using Microsoft.Extensions.DependencyInjection;
using Task = System.Threading.Tasks.Task;

namespace MedAI.Fhir.Tests.Conformance;

/// <summary>What the package says about an operation is what its class declares, and what a server says about it is based on that.</summary>
[Trait("promise", "M-620")]
public sealed class PublishedOperationTests(AdvertisedServer fixture) : IClassFixture<AdvertisedServer>
{
    private OperationDeclaration[] Declared => [.. fixture.Server.App.Services.GetServices<IFhirOperation>().Select(o => o.Declaration).OrderBy(d => d.Id, StringComparer.Ordinal)];

    [Fact]
    public void Source_of_the_published_operations_is_what_the_operations_declare() =>
        Golden.AssertText("../../../profiles/input/fsh/operations.fsh", OperationSource.Of(Declared));

    [Fact]
    public void Package_defines_every_operation_as_it_is_declared_and_no_other()
    {
        string package = RepositoryRoot.Combine("profiles", "package");
        Assert.Equal(Declared.Select(d => $"OperationDefinition-{d.Id}.json"),
            Directory.GetFiles(package, "OperationDefinition-*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        foreach (var declaration in Declared)
        {
            using var published = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(package, $"OperationDefinition-{declaration.Id}.json")));
            using var declared = JsonDocument.Parse(FhirJson.ToUtf8(OperationSource.Definition(declaration)));
            Assert.True(JsonElement.DeepEquals(declared.RootElement, published.RootElement), $"{declaration.Id}: run profiles/build.sh.");
            Assert.Equal($"{CanonicalUrls.Base}/OperationDefinition/{declaration.Id}", published.RootElement.GetProperty("url").GetString());
            Assert.DoesNotContain("icu-mortality", published.RootElement.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Served_definition_names_the_published_one_as_its_base_and_asks_for_and_returns_the_same()
    {
        foreach (var declaration in Declared)
        {
            var answer = (await fixture.Server.GetAsync($"/fhir/OperationDefinition/{declaration.Id}")).AssertOk();
            var served = JsonNode.Parse(answer.Text)!.AsObject();
            var published = JsonNode.Parse(await File.ReadAllTextAsync(RepositoryRoot.Combine("profiles", "package", $"OperationDefinition-{declaration.Id}.json"), TestContext.Current.CancellationToken))!.AsObject();
            Assert.Equal((string)published["url"]!, (string)served["base"]!);
            Assert.StartsWith((string)published["description"]!, (string)served["description"]!, StringComparison.Ordinal);
            foreach (var (own, common) in served["parameter"]!.AsArray().Zip(published["parameter"]!.AsArray()))
            {
                Assert.StartsWith((string)common!["documentation"]!, (string)own!["documentation"]!, StringComparison.Ordinal);
                own["documentation"] = (string)common["documentation"]!;
            }
            // Where it is, since when, and its models: nothing else is the server's own.
            foreach (var either in (JsonObject[])[served, published])
            {
                foreach (string member in (string[])["base", "meta", "url", "version", "date", "description"])
                    either.Remove(member);
            }
            Assert.True(JsonNode.DeepEquals(published, served), $"{declaration.Id}: {served}");
        }
        // The models are in the one and not in the other.
        Assert.Contains("icu-mortality", (await fixture.Server.GetAsync("/fhir/OperationDefinition/assess-risk")).Text, StringComparison.Ordinal);
    }
}
