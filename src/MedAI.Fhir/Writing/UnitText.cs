namespace MedAI.Fhir.Writing;

/// <summary>UCUM codes as people read them.</summary>
public static class UnitText
{
    /// <summary>Words for a unit code; empty for a plain number or a score.</summary>
    public static string Of(string ucum) => ucum switch
    {
        "" or "1" or "[pH]" => "",
        "mm[Hg]" => "mmHg",
        "Cel" => "°C",
        "[degF]" => "°F",
        "kg" or "g" or "mL" or "L" or "cm" or "m" or "h" or "%" => ucum,
        "meq/L" => "mEq/L",
        "10*3/uL" => "10³/µL",
        "10*9/L" => "10⁹/L",
        "10*6/uL" => "10⁶/µL",
        "[IU]/L" or "U/L" => "U/L",
        _ when ucum[0] == '{' && ucum[^1] == '}' && ucum.IndexOf('}') == ucum.Length - 1 => "",
        _ => ucum.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)
            .Replace("ug", "µg", StringComparison.Ordinal).Replace("uL", "µL", StringComparison.Ordinal).Replace("umol", "µmol", StringComparison.Ordinal),
    };
}
