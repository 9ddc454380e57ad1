using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MedAI.Terminology;

/// <summary>Writes a ConceptMap with one line per code, so that a change of the tables is a readable change of the file.</summary>
public static class ConceptMapText
{
    private const string Copyright =
        "Item mappings: MIT Laboratory for Computational Physiology, mimic-code, MIT licence, Copyright (c) 2019; see NOTICE.txt beside this file. "
        + "This material contains content from LOINC (http://loinc.org). LOINC is copyright Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes "
        + "(LOINC) Committee and is available at no cost under the license at http://loinc.org/license. SNOMED CT codes need an affiliate licence of SNOMED International where one is required.";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(IReadOnlyList<MapGroup> groups)
    {
        var text = new StringBuilder();
        text.Append("{\n\"resourceType\": \"ConceptMap\",\n\"id\": \"mimic-iv-items\",\n\"url\": \"urn:medai:conceptmap:mimic-iv-items\",\n\"version\": \"1.0.0\",\n")
            .Append("\"name\": \"MimicIvItems\",\n\"title\": \"MIMIC-IV items to LOINC, SNOMED CT and UCUM\",\n\"status\": \"active\",\n\"copyright\": ").Append(Json(Copyright)).Append(",\n\"group\": [");
        for (int g = 0; g < groups.Count; g++)
        {
            text.Append(g == 0 ? "\n" : ",\n").Append("{ \"source\": ").Append(Json(groups[g].Source)).Append(", \"target\": ").Append(Json(groups[g].Target)).Append(", \"element\": [");
            for (int e = 0; e < groups[g].Elements.Count; e++)
            {
                var element = groups[g].Elements[e];
                text.Append(e == 0 ? "\n" : ",\n").Append("{ \"code\": ").Append(Json(element.Code)).Append(", \"display\": ").Append(Json(element.Display))
                    .Append(", \"target\": [{ \"code\": ").Append(Json(element.Target)).Append(", \"equivalence\": ").Append(Json(element.Equivalence));
                if (element.Comment is { } comment)
                    text.Append(", \"comment\": ").Append(Json(comment));
                text.Append(" }] }");
            }
            text.Append("\n] }");
        }
        return text.Append("\n]\n}\n").ToString();
    }

    private static string Json(string value) => JsonSerializer.Serialize(value, Options);
}
