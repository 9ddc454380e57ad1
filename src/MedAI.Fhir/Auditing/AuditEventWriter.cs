using System.Text;
using System.Text.Json;
using MedAI.Fhir.Conformance;
using MedAI.Fhir.Operations;
using MedAI.Fhir.Requests;
using MedAI.Fhir.Store;
using MedAI.Fhir.Writing;
using MedAI.Models.Predictions;
using FhirTime = MedAI.Fhir.Writing.FhirTime;

namespace MedAI.Fhir.Auditing;

/// <summary>Writes a row of the audit trail as an AuditEvent in the shape of IHE's Basic Audit Log Patterns (BALP), when it is read: nothing is stored twice.</summary>
public static class AuditEventWriter
{
    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";

    private static readonly AgentRole Source = new(Dicom, "110153", "Source Role ID");

    private static readonly AgentRole Destination = new(Dicom, "110152", "Destination Role ID");

    /// <summary>Identifier system of clients: the value is the configured name, with a FHIR client's client_id behind its issuer's.</summary>
    public const string ClientIdentifier = CanonicalUrls.Base + "/sid/client";

    /// <summary>Beginning of the URIs of the rules of access.</summary>
    private const string Policies = CanonicalUrls.Base + "/access-policy/";

    /// <param name="fhirBase">Our public FHIR base.</param>
    public static void Write(Utf8JsonWriter writer, AuditRow row, string fhirBase)
    {
        string interaction = Interaction(row);
        string outcome = Outcome(row.Status);
        writer.WriteStartObject();
        writer.WriteString("resourceType", "AuditEvent");
        writer.WriteString("id", row.Id);
        writer.WriteStartObject("meta");
        writer.WriteString("versionId", "1");
        writer.WriteString("lastUpdated", FhirTime.Format(row.Ended));
        writer.WriteStartArray("profile");
        writer.WriteStringValue(MedAIProfiles.AuditEvent);
        writer.WriteEndArray();
        writer.WriteEndObject();
        Coding(writer, "type", "http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation");
        writer.WriteStartArray("subtype");
        Coding(writer, null, "http://hl7.org/fhir/restful-interaction", interaction, interaction);
        writer.WriteEndArray();
        writer.WriteString("action", Action(interaction));
        writer.WriteStartObject("period");
        writer.WriteString("start", FhirTime.Format(row.Started <= row.Ended ? row.Started : row.Ended));
        writer.WriteString("end", FhirTime.Format(row.Ended));
        writer.WriteEndObject();
        writer.WriteString("recorded", FhirTime.Format(row.Ended));
        writer.WriteString("outcome", outcome);
        if (outcome != "0")
            writer.WriteString("outcomeDesc", Reason(row));
        WriteAgents(writer, row, interaction);
        writer.WriteStartObject("source");
        Display(writer, "observer", "MedAI");
        writer.WriteStartArray("type");
        Coding(writer, null, "http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server");
        writer.WriteEndArray();
        writer.WriteEndObject();
        WriteEntities(writer, row, interaction, fhirBase);
        writer.WriteEndObject();
    }

    /// <summary>Code of FHIR's restful interaction: a hook is an operation, a card's link a read.</summary>
    public static string Interaction(AuditRow row) => row.Trigger.Split(':')[0] switch
    {
        "read" or "link" => "read",
        "vread" => "vread",
        "history" => "history-instance",
        "search" => "search-type",
        "create" => "create",
        "update" => "update",
        "delete" => "delete",
        _ => "operation",
    };

    private static string Action(string interaction) => interaction switch
    {
        "read" or "vread" or "history-instance" => "R",
        "create" => "C",
        "update" => "U",
        "delete" => "D",
        _ => "E",
    };

    /// <summary>0 success, 4 refused, 8 something that we need failed, 12 we failed.</summary>
    private static string Outcome(int status) => status switch
    {
        < 400 => "0",
        < 500 => "4",
        500 => "12",
        _ => "8",
    };

    /// <summary>The failure's stable code; reasons of the row begin with it.</summary>
    private static string Reason(AuditRow row)
    {
        if (row.Outcome == "abstention")
            return KebabCase.Of(FailureCode.Abstained);
        string first = row.Reasons.Split(':', ',', ' ')[0];
        return Enum.TryParse<FailureCode>(first, out var code) ? KebabCase.Of(code) : "error";
    }

    /// <summary>Which way the data went, as BALP has it: from whoever writes or asks, to whoever reads; a deletion moves nothing.</summary>
    private static (AgentRole Client, AgentRole Server) Roles(string interaction) => interaction switch
    {
        "read" or "vread" or "history-instance" => (Destination, Source),
        "delete" => (new(Dicom, "110150", "Application"), new("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian", "Custodian")),
        _ => (Source, Destination),
    };

    private static void WriteAgents(Utf8JsonWriter writer, AuditRow row, string interaction)
    {
        var (client, server) = Roles(interaction);
        writer.WriteStartArray("agent");
        Agent(client, false, () =>
        {
            writer.WriteStartObject("identifier");
            writer.WriteString("system", ClientIdentifier);
            writer.WriteString("value", row.Client);
            writer.WriteEndObject();
        }, Policy(row));
        Agent(server, false, () => writer.WriteString("display", "MedAI"));
        if (row.User is { } user)
        {
            Agent(new("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", "information recipient"), true, () =>
            {
                if (IsReference(user))
                {
                    writer.WriteString("reference", user);
                    return;
                }
                writer.WriteStartObject("identifier");
                writer.WriteString("value", user);
                writer.WriteEndObject();
            });
        }
        writer.WriteEndArray();

        void Agent(AgentRole role, bool requestor, System.Action who, string? policy = null)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("type");
            writer.WriteStartArray("coding");
            Coding(writer, null, role.System, role.Code, role.Display);
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteStartObject("who");
            who();
            writer.WriteEndObject();
            writer.WriteBoolean("requestor", requestor);
            if (policy is not null)
            {
                writer.WriteStartArray("policy");
                writer.WriteStringValue(Policies + policy);
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
    }

    /// <summary>The rule of the guide by which the access was let in or refused; null where nobody was known whom one could apply to.</summary>
    private static string? Policy(AuditRow row) => row.Client switch
    {
        _ when row.Trigger.StartsWith("link:", StringComparison.Ordinal) => "signed-link",
        ReservedClients.Unknown or ReservedClients.Configuration => null,
        ReservedClients.Anonymous => "loopback",
        ReservedClients.Listener => "background",
        var client => client.Contains('/', StringComparison.Ordinal) ? "smart-scopes" : "signed-call",
    };

    /// <summary>[Type]/[id], or an absolute URL that ends so.</summary>
    private static bool IsReference(string user) => InputReferences.TypeOf(user) is "Practitioner" or "PractitionerRole" or "Patient" or "RelatedPerson" or "Organization" or "Device";

    private static void WriteEntities(Utf8JsonWriter writer, AuditRow row, string interaction, string fhirBase)
    {
        writer.WriteStartArray("entity");
        writer.WriteStartObject();
        writer.WriteStartObject("what");
        Identifier(null, row.RequestId);
        writer.WriteEndObject();
        Coding(writer, "type", "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId", null);
        writer.WriteEndObject();
        if (row.Patient is { } patient)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("what");
            // Data in a request's body may come from nowhere that could be referred to.
            if (patient.FhirBase == BodySubject.NoServer)
                Identifier(BodySubject.NoServer, patient.Id);
            else
                writer.WriteString("reference", patient.FhirBase == fhirBase ? $"Patient/{patient.Id}" : patient.Reference);
            writer.WriteEndObject();
            Coding(writer, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", "1", "Person");
            Coding(writer, "role", "http://terminology.hl7.org/CodeSystem/object-role", "1", "Patient");
            writer.WriteEndObject();
        }
        if (row is { ResultType: { } type, ResultId: { } id })
            Resource($"{fhirBase}/{type}/{id}{(row.ResultVersion is { } version ? $"/_history/{version}" : "")}");
        if (row is { ModelId: { } model, ModelVersion: { } modelVersion, ModelHash: { } hash })
            Resource(DeviceIds.Reference(new ModelIdentity(model, modelVersion, hash), fhirBase));
        if (interaction == "search-type")
        {
            writer.WriteStartObject();
            Coding(writer, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object");
            Coding(writer, "role", "http://terminology.hl7.org/CodeSystem/object-role", "24", "Query");
            writer.WriteBase64String("query", Encoding.UTF8.GetBytes(row.Query is { Length: > 0 } query ? query : row.Trigger[(row.Trigger.IndexOf(':', StringComparison.Ordinal) + 1)..]));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();

        void Identifier(string? system, string value)
        {
            writer.WriteStartObject("identifier");
            if (system is not null)
                writer.WriteString("system", system);
            writer.WriteString("value", value);
            writer.WriteEndObject();
        }

        void Resource(string reference)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("what");
            writer.WriteString("reference", reference);
            writer.WriteEndObject();
            Coding(writer, "type", "http://terminology.hl7.org/CodeSystem/audit-entity-type", "2", "System Object");
            Coding(writer, "role", "http://terminology.hl7.org/CodeSystem/object-role", "4", "Domain Resource");
            writer.WriteEndObject();
        }
    }

    private static void Display(Utf8JsonWriter writer, string name, string display)
    {
        writer.WriteStartObject(name);
        writer.WriteString("display", display);
        writer.WriteEndObject();
    }

    private static void Coding(Utf8JsonWriter writer, string? name, string system, string code, string? display)
    {
        if (name is null)
            writer.WriteStartObject();
        else
            writer.WriteStartObject(name);
        writer.WriteString("system", system);
        writer.WriteString("code", code);
        if (display is not null)
            writer.WriteString("display", display);
        writer.WriteEndObject();
    }

    private readonly record struct AgentRole(string System, string Code, string Display);
}
