using MedAI.Fhir.Conformance;

namespace MedAI.Fhir.Store;

/// <summary>What a request asked for, as the audit trail names it, read from its route: for requests that end before their handler could say.</summary>
public static class AuditTrigger
{
    /// <summary>read:[type], vread:[type], search:[type], operation:[code], bundle, cds-hooks, link.</summary>
    public static string Of(HttpContext http)
    {
        if ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not { } route)
            return "unknown";
        string last = route[(route.LastIndexOf('/') + 1)..];
        if (last.StartsWith('$'))
            return "operation:" + last[1..];
        if (http.Asks() == AnswerTo.Hook)
            return "cds-hooks";
        if (http.Request.Path.StartsWithSegments(Access.Links.ResultLinks.Path))
            return "link";
        if (last.Length == 0)
            return "bundle";
        string type = TypeOf(http) ?? "unknown";
        string interaction = (http.Request.Method, http.GetRouteValue("id"), route.Contains("_history", StringComparison.Ordinal)) switch
        {
            ("GET" or "HEAD", null, false) => "search",
            ("GET" or "HEAD", null, true) => "history",
            ("GET" or "HEAD", _, true) => http.GetRouteValue("version") is null ? "history" : "vread",
            ("GET" or "HEAD", _, false) => "read",
            ("POST", _, _) => last == "_search" ? "search" : "create",
            ("PUT", _, _) => "update",
            ("DELETE", _, _) => "delete",
            var (method, _, _) => method.ToLowerInvariant(),
        };
        return $"{interaction}:{type}";
    }

    /// <summary>The resource type in the address of a FHIR route; null where there is none.</summary>
    public static string? TypeOf(HttpContext http)
    {
        string[] parts = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        // Letters alone: an address is a caller's text.
        return parts.Length > 1 && parts[1].Length <= 64 && char.IsAsciiLetterUpper(parts[1][0]) && parts[1].All(char.IsAsciiLetter) ? parts[1] : null;
    }
}
