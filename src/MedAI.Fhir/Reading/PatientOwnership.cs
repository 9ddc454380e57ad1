using System.Text;
using System.Text.Json;
using MedAI.Fhir.Access;

namespace MedAI.Fhir.Reading;

/// <summary>Whom a reference names.</summary>
internal enum Subject
{
    /// <summary>The patient of the request, or a record merged with it.</summary>
    Ours,
    /// <summary>Another patient, or nobody that could be verified.</summary>
    Unverified,
    /// <summary>Something that is no patient, such as a group or a device.</summary>
    NoPatient,
}

/// <summary>Decides whether a resource is the patient's: the guard against scoring one person on another's data.</summary>
/// <remarks>
/// A reference is ours when it is relative, absolute or versioned to the patient's id on the patient's server, or the urn under which our
/// Patient stands in its bundle. A relative reference in an entry of another server means that server. A contained patient and a mere
/// identifier cannot be verified. Scheme and host are compared without case, everything else exactly.
/// </remarks>
internal sealed class PatientOwnership
{
    private readonly byte[] _base;
    private readonly int _hostEnd;
    private readonly List<byte[]> _ids = [];
    private readonly List<byte[]> _urns = [];

    public PatientOwnership(PatientKey patient)
    {
        _base = Encoding.UTF8.GetBytes(patient.FhirBase);
        int host = _base.AsSpan().IndexOf("://"u8);
        int path = host < 0 ? -1 : _base.AsSpan(host + 3).IndexOf((byte)'/');
        _hostEnd = host < 0 ? 0 : path < 0 ? _base.Length : host + 3 + path;
        Id = Encoding.UTF8.GetBytes(patient.Id);
        _ids.Add(Id);
    }

    public byte[] Id { get; }

    /// <summary>Accepts a record of the same server that was merged with the patient's.</summary>
    public void AddLinkedId(byte[] id) => _ids.Add(id);

    /// <summary>Accepts the urn under which our Patient stands in a bundle.</summary>
    public void AddUrn(byte[] urn) => _urns.Add(urn);

    public bool IsOurId(ReadOnlySpan<byte> id)
    {
        foreach (byte[] known in _ids)
        {
            if (id.SequenceEqual(known))
                return true;
        }
        return false;
    }

    /// <summary>True when relative references of an entry with this fullUrl are relative to the patient's server.</summary>
    public bool IsOwnBase(JsonElement fullUrl)
    {
        var text = FhirJson.Text(fullUrl);
        return !IsAbsolute(text) || StartsWithBase(text);
    }

    public static bool IsAbsolute(ReadOnlySpan<byte> reference) => reference.IndexOf("://"u8) >= 0;

    public static bool IsUrn(ReadOnlySpan<byte> reference) => reference.StartsWith("urn:"u8);

    /// <summary>Type and id of a reference on the patient's server, without base and version; empty for any other reference.</summary>
    public ReadOnlySpan<byte> Local(ReadOnlySpan<byte> reference, bool ownBase)
    {
        int history = reference.IndexOf("/_history/"u8);
        if (history >= 0)
            reference = reference[..history];
        if (IsAbsolute(reference))
            return StartsWithBase(reference) ? reference[(_base.Length + 1)..] : default;
        return ownBase && !reference.StartsWith("#"u8) && !IsUrn(reference) ? reference : default;
    }

    /// <summary>Whom a Reference element names.</summary>
    public Subject Of(JsonElement reference, bool ownBase)
    {
        var text = FhirJson.Text(FhirJson.Member(reference, "reference"u8));
        if (text.IsEmpty)
            return Subject.Unverified;
        if (IsUrn(text))
        {
            foreach (byte[] urn in _urns)
            {
                if (text.SequenceEqual(urn))
                    return Subject.Ours;
            }
            return Subject.Unverified;
        }
        var local = Local(text, ownBase);
        if (local.StartsWith("Patient/"u8))
            return IsOurId(local["Patient/"u8.Length..]) ? Subject.Ours : Subject.Unverified;
        return NamesPatient(text) || text[0] == '#' ? Subject.Unverified : Subject.NoPatient;
    }

    /// <summary>A Patient reference to any server.</summary>
    private static bool NamesPatient(ReadOnlySpan<byte> reference) => reference.StartsWith("Patient/"u8) || reference.IndexOf("/Patient/"u8) >= 0;

    private bool StartsWithBase(ReadOnlySpan<byte> url) =>
        url.Length > _base.Length + 1
        && url[_base.Length] == '/'
        && Ascii.EqualsIgnoreCase(url[.._hostEnd], _base.AsSpan(0, _hostEnd))
        && url[_hostEnd.._base.Length].SequenceEqual(_base.AsSpan(_hostEnd));
}
