using System.Text;
using MedAI.Models.Timelines;

namespace MedAI.Fhir.Reading;

/// <summary>Which healthcare service locations (HSLOC) are adult intensive care units.</summary>
/// <remarks>
/// Closed. Paediatric, neonatal and step-down codes are deliberately absent: a stay there is no stay in a unit that an adult model was made for.
/// </remarks>
internal static class IcuUnits
{
    private static readonly (string Code, IcuType Type)[] s_units =
    [
        ("1028-0", IcuType.Coronary),
        ("1032-2", IcuType.CardiacSurgery),
        ("1027-2", IcuType.Medical),
        ("1030-6", IcuType.Surgical),
        ("1029-8", IcuType.Other), // medical and surgical
        ("1025-6", IcuType.Other), // trauma
        ("1026-4", IcuType.Other), // burn
        ("1031-4", IcuType.Other), // neurosurgical
        ("1033-0", IcuType.Other), // respiratory
        ("1034-8", IcuType.Other), // prenatal
        ("1035-5", IcuType.Other), // neurologic
        ("1223-7", IcuType.Other), // oncology, medical
        ("1224-5", IcuType.Other), // oncology, surgical
        ("1225-2", IcuType.Other), // oncology, medical and surgical
    ];

    public static IcuType Find(ReadOnlySpan<byte> code)
    {
        // All of them look like 1028-0.
        if (code.Length != 6)
            return IcuType.Unknown;
        foreach (var (unit, type) in s_units)
        {
            if (Ascii.Equals(code, unit))
                return type;
        }
        return IcuType.Unknown;
    }

    /// <summary>Search tokens (system|code) of every unit: the standard codes, and local ones that the concept maps take to them.</summary>
    public static IReadOnlyList<string> LocationTypeTokens(ConceptMapTable conceptMaps) =>
    [
        .. s_units.Select(u => $"{CodeSystems.Hsloc}|{u.Code}"),
        .. conceptMaps.SourcesOf(CodeSystems.Hsloc).Where(s => s_units.Any(u => u.Code == s.Target)).Select(s => $"{s.System}|{s.Code}"),
    ];
}
