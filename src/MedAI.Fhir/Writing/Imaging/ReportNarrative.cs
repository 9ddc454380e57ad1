using System.Text;
using Hl7.Fhir.Model;

namespace MedAI.Fhir.Writing.Imaging;

/// <summary>The narrative of a report's resource: plain sentences, the warning that no radiologist verified them in bold.</summary>
internal static class ReportNarrative
{
    public static Narrative Of(params ReadOnlySpan<string> sentences)
    {
        var div = new StringBuilder("<div xmlns=\"http://www.w3.org/1999/xhtml\">");
        foreach (string sentence in sentences)
        {
            if (sentence == InterpretationWording.Unverified)
                div.Append("<p><b>").Append(SafeText.Narrative(sentence)).Append("</b></p>");
            else if (sentence.Length > 0)
                div.Append("<p>").Append(SafeText.Narrative(InterpretationWording.Capital(sentence), 8000)).Append("</p>");
        }
        return new Narrative(div.Append("</div>").ToString()) { Status = Narrative.NarrativeStatus.Generated };
    }
}
