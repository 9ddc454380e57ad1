using System.Diagnostics.CodeAnalysis;
using MedAI.Fhir.Access.Outbound;

namespace MedAI.Fhir.DicomWeb;

/// <summary>Where a DICOMweb service begins on a trusted origin.</summary>
public sealed class WadoBase
{
    private readonly OutboundTarget _target;

    private WadoBase(OutboundTarget target) => _target = target;

    public Origin Origin => _target.Origin;

    /// <summary>Reads a service's address; one that already holds the path of the study, series or instance is cut back to the service.</summary>
    /// <remarks>Source: PS3.18 8.3.1. Senders write the study's own path into Endpoint.address, and some write "study" for "studies".</remarks>
    /// <param name="target">The address, already found to be trusted.</param>
    /// <param name="study">The study that is wanted there.</param>
    /// <param name="series">The series that the address belongs to; null when it is the study's.</param>
    /// <param name="service">Null when the address cannot be a service's, or names another study or series.</param>
    public static bool TryRead(OutboundTarget target, DicomUid study, DicomUid? series, [NotNullWhen(true)] out WadoBase? service)
    {
        service = null;
        string path = target.PathAndQuery;
        if (path.Contains('?', StringComparison.Ordinal) || path.Length > 512)
            return false;
        string[] segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int end = Array.FindIndex(segments, IsStudies);
        if (end >= 0 && end + 1 < segments.Length)
        {
            if (!DicomUid.TryRead(segments[end + 1], out var named))
                // A service may have a folder of that name.
                end = segments.Length;
            else if (named != study || !HoldsSeries(segments.AsSpan(end + 2), series))
                return false;
        }
        string kept = string.Join('/', end < 0 ? segments : segments[..end]);
        service = new WadoBase(target.WithPath(kept.Length == 0 ? "/" : $"/{kept}/"));
        return true;
    }

    /// <summary>An address below the service.</summary>
    /// <param name="path">Relative, built from UIDs and fixed words.</param>
    public OutboundTarget At(string path) => _target.WithPath(_target.PathAndQuery + path);

    private static bool IsStudies(string segment) => segment is "studies" or "study";

    private static bool HoldsSeries(ReadOnlySpan<string> rest, DicomUid? series)
    {
        if (rest.IsEmpty)
            return true;
        // A study's address may name any of its series: IHE's examples do.
        return rest.Length >= 2 && rest[0] == "series" && DicomUid.TryRead(rest[1], out var named) && (series is null || named == series);
    }
}
