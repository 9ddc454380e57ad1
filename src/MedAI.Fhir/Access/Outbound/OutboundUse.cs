namespace MedAI.Fhir.Access.Outbound;

/// <summary>What an origin is trusted for.</summary>
public enum OutboundUse
{
    /// <summary>Clinical data of a FHIR server.</summary>
    Fhir,
    /// <summary>Images of a PACS.</summary>
    DicomWeb,
    /// <summary>Public keys of a client's token issuer.</summary>
    Jwks,
    /// <summary>Access tokens for this server itself.</summary>
    Token,
}
