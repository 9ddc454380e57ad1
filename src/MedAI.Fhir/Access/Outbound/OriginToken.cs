namespace MedAI.Fhir.Access.Outbound;

/// <summary>An access token that a caller lent us, bound to the origin that it was lent for; it cannot be sent anywhere else.</summary>
public sealed class OriginToken
{
    internal OriginToken(TrustedOrigin origin, string token)
    {
        Origin = origin;
        Token = token;
    }

    internal TrustedOrigin Origin { get; }

    internal string Token { get; }

    /// <summary>Tells nothing: tokens do not go into logs.</summary>
    public override string ToString() => nameof(OriginToken);
}
