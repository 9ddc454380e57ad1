using System.Collections.Concurrent;
using System.Reflection;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace MedAI.Fhir.Conformance.Validation;

/// <summary>Finds references to resources of a type that R4 does not allow there, as far as the reference itself says its type.</summary>
/// <remarks>The validator looks at a reference's target only where it can fetch it, and this server fetches nothing for a validation.</remarks>
internal static class ReferenceTargets
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, string[]>> Allowed = new();

    public static List<OperationOutcome.IssueComponent> Check(Resource resource)
    {
        var issues = new List<OperationOutcome.IssueComponent>();
        Visit(resource, resource.TypeName, issues);
        return issues;
    }

    private static void Visit(Base node, string path, List<OperationOutcome.IssueComponent> issues)
    {
        var allowed = Allowed.GetOrAdd(node.GetType(), TargetsOf);
        foreach (var (name, value) in node.EnumerateElements())
        {
            int index = 0;
            foreach (var child in value is IEnumerable<Base> list ? list : value is Base one ? [one] : [])
            {
                string place = value is Base ? $"{path}.{name}" : $"{path}.{name}[{index++}]";
                if (child is ResourceReference reference && allowed.TryGetValue(name, out string[]? types) && TypeOf(reference) is { } type && !types.Contains(type))
                    issues.Add(Wrong(place, type, types));
                // Resources inside are judged on their own terms.
                Visit(child, child is Resource inner ? $"{place}.ofType({inner.TypeName})" : place, issues);
            }
        }
    }

    private static OperationOutcome.IssueComponent Wrong(string place, string type, string[] types) => new()
    {
        Severity = OperationOutcome.IssueSeverity.Error,
        Code = OperationOutcome.IssueType.Structure,
        Details = new CodeableConcept { Text = $"A reference to {type} is not allowed here; allowed are {string.Join(", ", types)}." },
        Expression = [place],
    };

    /// <summary>Types that each element of a class may refer to; elements that may refer to anything are left out.</summary>
    private static Dictionary<string, string[]> TargetsOf(Type type)
    {
        var found = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var property in type.GetProperties())
        {
            if (property.GetCustomAttribute<ReferencesAttribute>() is { Resources: { Length: > 0 } targets } && !targets.Contains("Resource")
                && property.GetCustomAttribute<FhirElementAttribute>() is { } element)
                found[element.Name] = targets;
        }
        return found;
    }

    /// <summary>The type that a literal reference or its own type element says; null where neither does.</summary>
    private static string? TypeOf(ResourceReference reference)
    {
        string? said = reference.Type;
        if (said is null && reference.Reference is { } literal && !literal.StartsWith('#') && !literal.StartsWith("urn:", StringComparison.Ordinal))
        {
            string[] segments = literal.Split('/');
            int last = Array.IndexOf(segments, "_history") is > 0 and var history ? history : segments.Length;
            said = last >= 2 ? segments[last - 2] : null;
        }
        return said is not null && ModelInfo.IsKnownResource(said) ? said : null;
    }
}
