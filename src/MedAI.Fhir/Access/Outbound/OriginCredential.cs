using System.Net.Http.Headers;
using System.Text;

namespace MedAI.Fhir.Access.Outbound;

/// <summary>The credential of one origin as the header that carries it.</summary>
internal sealed class OriginCredential
{
    private readonly string _name;
    private readonly string _value;

    private OriginCredential(string name, string value)
    {
        _name = name;
        _value = value;
    }

    /// <summary>Null where none is configured.</summary>
    public static OriginCredential? Of(OriginOptions options) => options switch
    {
        { Bearer: { } token } => new("Authorization", $"Bearer {token}"),
        { User: { } user, Password: { } password } => new("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))),
        { Header: { } header, HeaderValue: { } value } => new(header, value),
        _ => null,
    };

    public static OriginCredential Of(OriginToken token) => new("Authorization", $"Bearer {token.Token}");

    public void AddTo(HttpRequestHeaders headers) => headers.TryAddWithoutValidation(_name, _value);

    /// <summary>Tells nothing: credentials do not go into logs.</summary>
    public override string ToString() => nameof(OriginCredential);
}
