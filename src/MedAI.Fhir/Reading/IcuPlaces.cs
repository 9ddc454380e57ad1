using System.Text;
using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Tells which kind of ICU a location, an encounter type or a service type is.</summary>
internal sealed class IcuPlaces(ReadingSession session)
{
    /// <summary>Bed, room, ward, unit, building: five levels reach from a bed to a hospital.</summary>
    private const int DeepestPlace = 5;

    /// <summary>Code system under which a concept map names Location ids of a server whose Locations have no type.</summary>
    private readonly byte[] _locationIds = Encoding.UTF8.GetBytes(session.Request.Patient.FhirBase + "/Location");

    /// <summary>Unknown when none of the codes is an ICU.</summary>
    public IcuType OfConcept(JsonElement concept)
    {
        var best = IcuType.Unknown;
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (systemElement, codeElement) = FhirJson.Coding(coding);
            var system = FhirJson.Text(systemElement);
            var code = FhirJson.Text(codeElement);
            best = MoreExact(best, CodeSystems.IsHsloc(system) ? IcuUnits.Find(code) : Mapped(system, code));
        }
        return best;
    }

    public IcuType OfConcepts(JsonElement concepts)
    {
        var best = IcuType.Unknown;
        foreach (var concept in FhirJson.Items(concepts))
            best = MoreExact(best, OfConcept(concept));
        return best;
    }

    /// <summary>The place's own type, else that of the place it is part of: a bed is in an ICU when its ward is one.</summary>
    public IcuType OfLocation(JsonElement reference, in SourceEntry referrer)
    {
        var current = reference;
        var place = referrer;
        for (int level = 0; level < DeepestPlace; level++)
        {
            var text = FhirJson.Text(FhirJson.Member(current, "reference"u8));
            var id = session.Local(ResourceKind.Location, text, place.OwnBase);
            if (!id.IsEmpty && Mapped(_locationIds, id) is not IcuType.Unknown and var byId)
                return byId;
            var location = session.Resolve(ResourceKind.Location, current, place);
            if (location.ValueKind != JsonValueKind.Object)
                return IcuType.Unknown;
            if (OfConcepts(FhirJson.Member(location, "type"u8)) is not IcuType.Unknown and var byType)
                return byType;
            int entry = session.Find(ResourceKind.Location, current, place);
            if (entry >= 0)
                place = session.Entries[entry];
            current = FhirJson.Member(location, "partOf"u8);
        }
        return IcuType.Unknown;
    }

    private IcuType Mapped(ReadOnlySpan<byte> system, ReadOnlySpan<byte> code)
    {
        var best = IcuType.Unknown;
        foreach (var target in session.Maps.Search(system, code))
        {
            if (CodeSystems.IsHsloc(target.SystemUtf8))
                best = MoreExact(best, IcuUnits.Find(target.CodeUtf8));
        }
        return best;
    }

    private static IcuType MoreExact(IcuType known, IcuType other) => known is IcuType.Unknown || (known is IcuType.Other && other is not IcuType.Unknown) ? other : known;
}
