namespace MedAI.Fhir.CdsHooks.Prefetch;

/// <summary>What a service needs of the EHR under one prefetch key.</summary>
/// <param name="Key">Prefetch key.</param>
/// <param name="Generated">Template of CDS Hooks 2.0, made from the model's manifest.</param>
public sealed record PrefetchNeed(string Key, string Generated)
{
    /// <summary>Template that discovery shows; null where the client is not asked for it and it is fetched.</summary>
    public string? Published { get; init; } = Generated;

    /// <summary>The client's own template; null: the generated one.</summary>
    public PrefetchTemplate? Own { get; init; }

    /// <summary>True: the newest matches are enough, that there are more is no fault.</summary>
    public bool NewestOnly { get; init; }
}

/// <summary>One hook with what it needs, in the order of discovery.</summary>
public sealed record HookNeeds(string Hook, IReadOnlyList<PrefetchNeed> Needs);
