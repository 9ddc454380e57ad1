using System.Globalization;
using Microsoft.AspNetCore.Routing.Matching;

namespace MedAI.Fhir.Requests;

/// <summary>What parts of an address may look like, where it decides whose route it is: <c>letters</c> and <c>fhirId</c>.</summary>
/// <remarks>Character by character: the framework's own forms are regular expressions, which are given ten seconds for an address.</remarks>
internal static class RouteForms
{
    public static void Add(RouteOptions routes)
    {
        routes.SetParameterPolicy<Letters>("letters");
        routes.SetParameterPolicy<FhirIds>("fhirId");
    }

    private sealed class Letters() : Form(char.IsAsciiLetter);

    /// <summary>The characters of an id, of whatever length: one that is too long is told so.</summary>
    private sealed class FhirIds() : Form(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');

    /// <remarks>Asked about fixed parts of other routes as well, so that what is no value of a route is not taken for another method of it.</remarks>
    private abstract class Form(Func<char, bool> allows) : IRouteConstraint, IParameterLiteralNodeMatchingPolicy
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            values.TryGetValue(routeKey, out object? value) && MatchesLiteral(routeKey, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

        public bool MatchesLiteral(string parameterName, string literal) => literal.Length > 0 && literal.All(allows);
    }
}
