using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace MedAI.Fhir.Conformance;

/// <summary>Chooses the form of an answer from <c>_format</c> and <c>Accept</c>, and checks the type of a request's body.</summary>
/// <remarks>
/// FHIR 4.0 as JSON or XML in UTF-8, and HTML where an endpoint has a page. <c>_format</c> overrides <c>Accept</c>. The MIME parameter
/// <c>fhirVersion</c> must be 4.0 where given (FHIR R4, http.html 3.1.0.1.12).
/// </remarks>
public static class ContentNegotiation
{
    public const string FhirJson = "application/fhir+json; charset=utf-8";
    public const string FhirXml = "application/fhir+xml; charset=utf-8";
    public const string Html = "text/html; charset=utf-8";

    private static readonly string[] JsonTypes = ["application/fhir+json", "application/json", "text/json"];
    private static readonly string[] XmlTypes = ["application/fhir+xml", "application/xml", "text/xml"];
    private static readonly Negotiated Refused = new(ResponseFormat.NotAcceptable, "");

    /// <param name="html">The endpoint has a page for people.</param>
    public static Negotiated Choose(HttpRequest request, bool html = false) =>
        Choose(request.Headers.Accept, request.Query.TryGetValue("_format", out var format) ? format.ToString() : null, html);

    /// <param name="accept">Values of the Accept header; empty means anything.</param>
    /// <param name="format">The _format parameter, which overrides; null or empty when absent.</param>
    public static Negotiated Choose(IList<string?> accept, string? format, bool html)
    {
        if (!string.IsNullOrWhiteSpace(format))
            return ChooseByFormat(format, html);
        if (accept.Count == 0 || accept.All(string.IsNullOrWhiteSpace))
            return new(ResponseFormat.Json, FhirJson);
        if (!MediaTypeHeaderValue.TryParseList([.. accept.Where(a => !string.IsNullOrWhiteSpace(a))!], out IList<MediaTypeHeaderValue>? ranges))
            return Refused;

        Negotiated best = Refused;
        double quality = 0;
        // JSON first: it wins where a client likes both equally.
        foreach (string type in JsonTypes)
            Offer(type, ResponseFormat.Json);
        // A browser lists application/xml for web pages; that is no wish for FHIR XML, and JSON is what it shows well.
        bool browser = ranges.Any(range => Specificity("text/html", range) == 2);
        foreach (string type in XmlTypes.Where(type => !browser || type == XmlTypes[0]))
            Offer(type, ResponseFormat.Xml);
        if (html)
            Offer("text/html", ResponseFormat.Html);
        return best;

        void Offer(string type, ResponseFormat form)
        {
            double offered = QualityOf(type, ranges);
            if (offered > quality)
            {
                quality = offered;
                best = new(form, $"{type}; charset=utf-8");
            }
        }
    }

    /// <summary>True when the body says that it is JSON in UTF-8 of FHIR 4.0.</summary>
    public static bool AcceptsBody(string? contentType) => BodyFormat(contentType) == ResponseFormat.Json;

    /// <summary>What a body says that it is: JSON or XML in UTF-8 of FHIR 4.0; null for anything else.</summary>
    public static ResponseFormat? BodyFormat(string? contentType)
    {
        if (contentType == "application/json")
            return ResponseFormat.Json;
        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) || !ParametersFit(type))
            return null;
        return JsonTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase) ? ResponseFormat.Json
            : XmlTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase) ? ResponseFormat.Xml
            : null;
    }

    /// <summary>True for a content type that <see cref="Choose(HttpRequest, bool)"/> gives a resource.</summary>
    internal static bool IsOfResource(string? contentType) =>
        contentType is not null && JsonTypes.Concat(XmlTypes).Any(type => contentType.Equals($"{type}; charset=utf-8", StringComparison.Ordinal));

    private static Negotiated ChooseByFormat(string format, bool html)
    {
        // "+" in a query is a blank: application/fhir+json arrives as "application/fhir json" from clients that do not encode it.
        string text = format.Trim().Replace("fhir json", "fhir+json", StringComparison.OrdinalIgnoreCase).Replace("fhir xml", "fhir+xml", StringComparison.OrdinalIgnoreCase);
        if (text.Equals("json", StringComparison.OrdinalIgnoreCase))
            return new(ResponseFormat.Json, FhirJson);
        if (text.Equals("xml", StringComparison.OrdinalIgnoreCase))
            return new(ResponseFormat.Xml, FhirXml);
        if (text.Equals("html", StringComparison.OrdinalIgnoreCase))
            return html ? new(ResponseFormat.Html, Html) : Refused;
        if (!MediaTypeHeaderValue.TryParse(text, out MediaTypeHeaderValue? type) || !ParametersFit(type))
            return Refused;
        string? json = JsonTypes.FirstOrDefault(t => type.MediaType.Equals(t, StringComparison.OrdinalIgnoreCase));
        if (json is not null)
            return new(ResponseFormat.Json, $"{json}; charset=utf-8");
        string? xml = XmlTypes.FirstOrDefault(t => type.MediaType.Equals(t, StringComparison.OrdinalIgnoreCase));
        if (xml is not null)
            return new(ResponseFormat.Xml, $"{xml}; charset=utf-8");
        return html && type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase) ? new(ResponseFormat.Html, Html) : Refused;
    }

    /// <summary>The quality that the most specific matching range gives a type (RFC 9110, 12.5.1); 0 when none matches.</summary>
    private static double QualityOf(string type, IList<MediaTypeHeaderValue> ranges)
    {
        int specificity = -1;
        double quality = 0;
        foreach (MediaTypeHeaderValue range in ranges)
        {
            int fits = Specificity(type, range);
            if (fits < 0 || !ParametersFit(range))
                continue;
            double given = range.Quality ?? 1;
            if (fits > specificity || (fits == specificity && given > quality))
            {
                specificity = fits;
                quality = given;
            }
        }
        return quality;
    }

    private static int Specificity(string type, MediaTypeHeaderValue range)
    {
        if (range.MatchesAllTypes)
            return 0;
        if (range.MatchesAllSubTypes)
            return type.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{range.Type}/"), StringComparison.OrdinalIgnoreCase) ? 1 : -1;
        return range.MediaType.Equals(type, StringComparison.OrdinalIgnoreCase) ? 2 : -1;
    }

    private static bool ParametersFit(MediaTypeHeaderValue type)
    {
        foreach (NameValueHeaderValue parameter in type.Parameters)
        {
            string value = parameter.GetUnescapedValue().ToString();
            if (parameter.Name.Equals("fhirVersion", StringComparison.OrdinalIgnoreCase) && value != "4.0")
                return false;
            if (parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase) && !value.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                && !value.Equals("utf8", StringComparison.OrdinalIgnoreCase))
                return false;
        }
        return true;
    }
}
