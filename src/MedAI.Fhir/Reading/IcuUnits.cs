using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Which healthcare service locations (HSLOC) are adult intensive care units.</summary>
/// <remarks>
/// Closed. Paediatric, neonatal and step-down codes are deliberately absent: a stay there is no stay in a unit that an adult model was made for.
/// </remarks>
internal static class IcuUnits
{
    public static IcuType Find(ReadOnlySpan<byte> code)
    {
        // All of them look like 1028-0.
        if (code.Length != 6)
            return IcuType.Unknown;
        if (code.SequenceEqual("1028-0"u8))
            return IcuType.Coronary;
        if (code.SequenceEqual("1032-2"u8))
            return IcuType.CardiacSurgery;
        if (code.SequenceEqual("1027-2"u8))
            return IcuType.Medical;
        if (code.SequenceEqual("1030-6"u8))
            return IcuType.Surgical;
        bool other = code.SequenceEqual("1029-8"u8) // medical and surgical
            || code.SequenceEqual("1025-6"u8) // trauma
            || code.SequenceEqual("1026-4"u8) // burn
            || code.SequenceEqual("1031-4"u8) // neurosurgical
            || code.SequenceEqual("1033-0"u8) // respiratory
            || code.SequenceEqual("1034-8"u8) // prenatal
            || code.SequenceEqual("1035-5"u8) // neurologic
            || code.SequenceEqual("1223-7"u8) // oncology, medical
            || code.SequenceEqual("1224-5"u8) // oncology, surgical
            || code.SequenceEqual("1225-2"u8); // oncology, medical and surgical
        return other ? IcuType.Other : IcuType.Unknown;
    }
}
