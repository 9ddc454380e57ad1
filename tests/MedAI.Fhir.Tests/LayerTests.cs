using MedAI.Models.Packages;

namespace MedAI.Fhir.Tests;

public sealed class LayerTests
{
    [Fact, Trait("promise", "M-02")]
    public void Models_reference_neither_FHIR_nor_ASP_NET()
    {
        var names = typeof(ModelManifest).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.NotEmpty(names);
        Assert.DoesNotContain(names, n => n.StartsWith("Hl7.Fhir", StringComparison.Ordinal) || n.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || n == "System.Net.Http");
    }
}
