namespace MedAI.Fhir.Access.Smart;

/// <summary>How far scopes reach.</summary>
public enum Reach
{
    /// <summary>Nowhere.</summary>
    None,
    /// <summary>As far as the one patient that the token names.</summary>
    Patient,
    /// <summary>As far as all patients of the tenant.</summary>
    Tenant,
}

/// <summary>The scopes of a token, as far as they are about resources and are granted here.</summary>
public sealed class SmartScopes
{
    /// <summary>Scopes that are looked at; a token with more is not read further.</summary>
    private const int Most = 200;

    private readonly IReadOnlyList<SmartScope> _scopes;

    private SmartScopes(IReadOnlyList<SmartScope> scopes) => _scopes = scopes;

    /// <summary>What an EHR may do that proves itself by the JWTs of CDS Hooks: everything within its tenant.</summary>
    public static SmartScopes Everything { get; } = new([new SmartScope(ScopeContext.System, null, "cruds")]);

    /// <param name="text">Scopes between blanks; what is no scope of resources is passed over.</param>
    public static SmartScopes Parse(string text) =>
        new([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(Most).Select(SmartScope.Parse).OfType<SmartScope>()]);

    /// <summary>As they are written in a token.</summary>
    public override string ToString() => string.Join(' ', _scopes.Select(s => s.ToString()));

    /// <summary>How far one right for a type reaches; user and system scopes reach farther than patient scopes.</summary>
    /// <param name="systemOnly">Only scopes of the client itself count.</param>
    public Reach Of(string type, char right, bool systemOnly = false)
    {
        var reach = Reach.None;
        foreach (var scope in _scopes)
        {
            if (!scope.Gives(type, right))
                continue;
            if (scope.Context == ScopeContext.System || (scope.Context == ScopeContext.User && !systemOnly))
                return Reach.Tenant;
            if (!systemOnly)
                reach = Reach.Patient;
        }
        return reach;
    }
}
