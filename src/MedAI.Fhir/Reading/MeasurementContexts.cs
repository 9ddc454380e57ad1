using System.Text.Json;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Reads from category, method, body site and specimen what decides the meaning of a generic code.</summary>
/// <remarks>Closed tables. A code says more than words; words count only where no known code was given.</remarks>
internal static class MeasurementContexts
{
    /// <summary>Longer texts are reports, not names.</summary>
    private const int LongestText = 200;

    public static MeasurementContext OfCategory(JsonElement categories)
    {
        var context = MeasurementContext.None;
        foreach (var category in FhirJson.Items(categories))
        {
            foreach (var coding in FhirJson.Codings(category))
            {
                var (system, code) = FhirJson.Coding(coding);
                if (!CodeSystems.IsObservationCategory(FhirJson.Text(system)))
                    continue;
                if (FhirJson.Is(code, "vital-signs"u8))
                    context |= MeasurementContext.VitalSignsCategory;
                else if (FhirJson.Is(code, "laboratory"u8))
                    context |= MeasurementContext.LaboratoryCategory;
            }
        }
        return context;
    }

    /// <summary>Arterial line or cuff, from a method or body site.</summary>
    public static MeasurementContext OfMethod(JsonElement concept)
    {
        var context = MeasurementContext.None;
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (system, code) = FhirJson.Coding(coding);
            if (CodeSystems.IsSnomed(FhirJson.Text(system)))
                context |= OfSnomedMethod(FhirJson.Text(code));
        }
        if (context != MeasurementContext.None)
            return context;
        foreach (var coding in FhirJson.Codings(concept))
            context |= OfMethodText(FhirJson.Text(FhirJson.Member(coding, "display"u8)));
        return context | OfMethodText(FhirJson.Text(FhirJson.Member(concept, "text"u8)));
    }

    /// <summary>Arterial, venous or capillary, from a Specimen resource's type.</summary>
    public static MeasurementContext OfSpecimen(JsonElement concept)
    {
        var context = MeasurementContext.None;
        foreach (var coding in FhirJson.Codings(concept))
        {
            var (system, code) = FhirJson.Coding(coding);
            var systemText = FhirJson.Text(system);
            if (CodeSystems.IsSnomed(systemText) || CodeSystems.IsSpecimenType(systemText))
                context |= OfSpecimenCode(FhirJson.Text(code));
        }
        if (context != MeasurementContext.None)
            return context;
        foreach (var coding in FhirJson.Codings(concept))
            context |= OfSpecimenText(FhirJson.Text(FhirJson.Member(coding, "display"u8)));
        return context | OfSpecimenText(FhirJson.Text(FhirJson.Member(concept, "text"u8)));
    }

    private static MeasurementContext OfSnomedMethod(ReadOnlySpan<byte> code)
    {
        if (code.SequenceEqual("77938009"u8) // arterial pressure monitoring, invasive
            || code.SequenceEqual("10179008"u8)) // invasive
            return MeasurementContext.InvasiveMethod;
        bool cuff = code.SequenceEqual("17146006"u8) // arterial pressure monitoring, non-invasive
            || code.SequenceEqual("37931006"u8) // auscultation
            || code.SequenceEqual("13385008"u8) // mediate auscultation
            || code.SequenceEqual("113011001"u8) // palpation
            || code.SequenceEqual("765172009"u8) // Doppler
            || code.SequenceEqual("31813000"u8); // oscillometry
        return cuff ? MeasurementContext.CuffMethod : MeasurementContext.None;
    }

    private static MeasurementContext OfMethodText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > LongestText)
            return MeasurementContext.None;
        // "non-invasive" holds "invasive".
        if (Holds(text, "non-invasive"u8) || Holds(text, "noninvasive"u8) || Holds(text, "non invasive"u8) || Holds(text, "cuff"u8) || Holds(text, "nibp"u8)
            || Holds(text, "oscillometr"u8) || Holds(text, "auscultat"u8) || Holds(text, "sphygmo"u8))
            return MeasurementContext.CuffMethod;
        return Holds(text, "invasive"u8) || Holds(text, "arterial line"u8) || Holds(text, "arterial catheter"u8) || Holds(text, "art line"u8) || Holds(text, "a-line"u8)
            ? MeasurementContext.InvasiveMethod
            : MeasurementContext.None;
    }

    private static MeasurementContext OfSpecimenCode(ReadOnlySpan<byte> code)
    {
        if (code.SequenceEqual("122552005"u8) || code.SequenceEqual("BLDA"u8))
            return MeasurementContext.ArterialSpecimen;
        if (code.SequenceEqual("122555007"u8) || code.SequenceEqual("BLDV"u8) || code.SequenceEqual("119298005"u8)) // the last one: mixed venous
            return MeasurementContext.VenousSpecimen;
        return code.SequenceEqual("122554006"u8) || code.SequenceEqual("BLDC"u8) ? MeasurementContext.CapillarySpecimen : MeasurementContext.None;
    }

    private static MeasurementContext OfSpecimenText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > LongestText)
            return MeasurementContext.None;
        bool venous = Holds(text, "venous"u8);
        bool arterial = Holds(text, "arterial"u8);
        if (venous && arterial)
            return MeasurementContext.None;
        return venous ? MeasurementContext.VenousSpecimen
            : arterial ? MeasurementContext.ArterialSpecimen
            : Holds(text, "capillary"u8) ? MeasurementContext.CapillarySpecimen
            : MeasurementContext.None;
    }

    /// <summary>Case of ASCII letters ignored; <paramref name="word"/> is lower case.</summary>
    internal static bool Holds(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        for (int start = 0; start + word.Length <= text.Length; start++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(text.Slice(start, word.Length), word))
                return true;
        }
        return false;
    }
}
