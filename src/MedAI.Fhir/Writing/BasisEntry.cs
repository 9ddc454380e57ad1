using Hl7.Fhir.Model;
using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Writing;

/// <summary>One reference of RiskAssessment.basis without Firely's object around it: a result has hundreds.</summary>
/// <param name="Reference">Literal reference, or null.</param>
/// <param name="Urn">Value of an identifier of system urn:ietf:rfc:3986, or null.</param>
/// <param name="Display">Words where the source has no address, or null.</param>
/// <param name="ContentHash">Hash of what was read, for a source without a version.</param>
internal readonly record struct BasisEntry(string? Reference, string? Urn, string? Display, string? ContentHash)
{
    public static BasisEntry Of(ResourceReference reference) =>
        new(reference.Reference, reference.Identifier?.Value, reference.Display, InputReferences.HashOf(reference));

    public ResourceReference ToFhir()
    {
        var reference = new ResourceReference();
        if (Reference is not null)
            reference.Reference = Reference;
        if (Urn is not null)
            reference.Identifier = new Identifier(InputReferences.UrnSystem, Urn);
        if (Display is not null)
            reference.Display = Display;
        if (ContentHash is not null)
            reference.AddExtension(CanonicalUrls.ContentSha256, new FhirString(ContentHash));
        return reference;
    }
}
